// Entry on a phone: the stepper counts at once and saves when the thumb rests; a save that did not arrive is tried again.
"use strict";
(() => {
  document.documentElement.classList.add("js");
  const words = document.getElementById("entry-words").dataset;
  const resting = new Map();   // inputs whose change is about to be saved
  const unsaved = new Set();   // forms whose last save has not been answered
  const say = (text) => { const line = document.getElementById("saved"); line.textContent = text; line.className = "neg"; };
  const flush = (input) => {
    clearTimeout(resting.get(input));
    if (resting.delete(input)) input.dispatchEvent(new Event("change", { bubbles: true }));
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=step]");
    if (!button) return;
    event.preventDefault();
    const input = button.form.elements.amount;
    const least = button.form.classList.contains("pick") ? 1 : 0;
    input.value = Math.max(least, (parseInt(input.value, 10) || 0) + Number(button.value));
    clearTimeout(resting.get(input));
    resting.set(input, setTimeout(() => flush(input), 400));
  });
  document.addEventListener("visibilitychange", () => { for (const input of [...resting.keys()]) flush(input); });

  document.addEventListener("htmx:beforeRequest", (event) => { if (event.target.matches(".item")) unsaved.add(event.target); });
  document.addEventListener("htmx:afterRequest", (event) => {
    const form = event.target, status = event.detail.xhr.status;
    if (!form.matches(".item")) return;
    const field = form.elements.amount;
    if (field) field.setAttribute("aria-invalid", status === 422);
    if (status > 0 && status < 500) { unsaved.delete(form); return; }
    say(words.retry);
    setTimeout(() => window.htmx.trigger(form, "change"), 3000);
  });
  window.addEventListener("beforeunload", (event) => { if (unsaved.size || resting.size) event.preventDefault(); });
})();
