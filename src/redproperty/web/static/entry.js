// Entry on a phone: steppers and reasons answer at once and are saved when the thumb rests; a save that did not arrive is
// said and tried again, and nothing that was typed is taken away by an error page.
"use strict";
(() => {
  document.documentElement.classList.add("js");
  const words = document.getElementById("entry-words").dataset;
  const resting = new Map();   // fields whose change is about to be saved
  const unsaved = new Set();   // forms whose last save has not been answered
  const marking = new Set();   // categories whose mark has not been answered
  const failed = new Set();    // those of them that did not arrive and are tried again
  const ANSWERS = [200, 409, 422];
  const say = (text, tone) => {
    const span = document.createElement("span");
    span.className = tone;
    span.textContent = text;
    document.getElementById("saved").replaceChildren(span);
  };
  const flush = (field) => {
    clearTimeout(resting.get(field));
    if (resting.delete(field)) field.dispatchEvent(new Event("change", { bubbles: true }));
  };
  const rest = (field) => { clearTimeout(resting.get(field)); resting.set(field, setTimeout(() => flush(field), 400)); };

  const STEPS = {
    step(button) {
      const amount = button.closest(".step").querySelector("input");
      const [by, kind] = button.value.split(":");          // of one count at least 1 is left, of several none
      const least = button.form.classList.contains("pick") && kind === undefined ? 1 : 0;
      amount.value = Math.max(least, (parseInt(amount.value, 10) || 0) + Number(by));
      rest(amount);
    },
    pick(button, { reasons }) {
      const said = reasons.value.split(/[；;\n]/).map((one) => one.trim()).filter(Boolean);
      const kept = said.filter((one) => one !== button.value);
      if (kept.length === said.length) kept.push(button.value);
      reasons.value = kept.join("；");
      button.setAttribute("aria-pressed", kept.includes(button.value));
      rest(reasons);
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=step], button[name=pick]");
    if (!button) return;
    event.preventDefault();
    STEPS[button.name](button, button.form.elements);
  });
  document.addEventListener("input", (event) => {
    if (event.target.name !== "reasons") return;
    const said = event.target.value.split(/[；;\n]/).map((one) => one.trim());
    for (const pick of event.target.form.querySelectorAll("[name=pick]")) pick.setAttribute("aria-pressed", said.includes(pick.value));
  });
  // what was typed last is saved before a category is marked or the sheet is handed in; the taps that wait keep their order
  const waiting = [];
  const idle = () => {
    for (const form of unsaved) if (!form.isConnected) unsaved.delete(form);   // its category was put in anew meanwhile
    return !resting.size && !unsaved.size;
  };
  const ready = (form) => idle() && !(marking.size && form.matches(".foot form"));   // the sheet waits for the marks, too
  const goOn = () => { while (waiting.length && ready(waiting[0].form)) waiting.shift().go(); };
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (ready(form) || !form.matches(".clean form, .foot form")) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    const place = form.closest("[id]"), undoes = "undo" in form.elements;
    waiting.push({ form, go() {
      const again = form.isConnected ? form : place && document.querySelector(`#${place.id} form`);
      if (again && ("undo" in again.elements) === undoes) again.requestSubmit();
    } });
    for (const field of [...resting.keys()]) flush(field);
    const watch = setInterval(() => {                     // an answer may find its form gone, and tell nobody
      goOn();
      if (!waiting.length) clearInterval(watch);
    }, 300);
  }, true);

  document.addEventListener("visibilitychange", () => { for (const field of [...resting.keys()]) flush(field); });

  // htmx sends the button that was pressed last along with every save: its step has been made here already
  document.addEventListener("htmx:configRequest", ({ detail: { parameters } }) => { delete parameters.step; delete parameters.pick; });
  document.addEventListener("htmx:beforeRequest", ({ target, detail: { xhr } }) => {
    if (target.matches(".clean form")) {
      marking.add(xhr);
      xhr.addEventListener("loadend", () => setTimeout(() => { marking.delete(xhr); goOn(); }));
    }
    if (!target.matches(".item")) return;
    unsaved.add(target);
    if (!failed.size) say(words.saving, "");
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (event.target.matches(".item") && !ANSWERS.includes(event.detail.xhr.status)) event.preventDefault();
  });
  document.addEventListener("htmx:afterRequest", ({ target: form, detail: { xhr: { status } } }) => {
    setTimeout(goOn);          // after the answer has been put in place
    if (!form.matches(".item")) return;
    for (const amount of form.querySelectorAll("[name=amount]")) amount.setAttribute("aria-invalid", status === 422);
    const arrived = ANSWERS.includes(status), again = status === 0 || status >= 500;
    failed[again ? "add" : "delete"](form);
    form.classList.toggle("unsaved", !arrived);
    if (arrived) unsaved.delete(form);
    else if (again) setTimeout(() => window.htmx.trigger(form, "change"), 3000);
    else say(status === 401 ? words.signin : words.refused, "neg");
    if (failed.size) say(words.retry, "neg");
  });
  window.addEventListener("beforeunload", (event) => { if (!idle() || marking.size) event.preventDefault(); });

  // a category stays unfolded when it is marked, and unfolds when a link leads into it
  let unfolded = "";
  const category = (event) => event.detail.target.closest(".category");
  document.addEventListener("htmx:beforeSwap", (event) => { unfolded = category(event)?.querySelector(".fold").open ? category(event).id : ""; });
  document.addEventListener("htmx:afterSettle", () => {
    if (unfolded) document.getElementById(unfolded).querySelector(".fold").open = true;
    unfolded = "";
  });
  const reveal = () => {
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    const fold = place && place.closest(".fold");
    if (fold && !fold.open) { fold.open = true; place.scrollIntoView(); }
  };
  window.addEventListener("hashchange", reveal);
  reveal();
})();
