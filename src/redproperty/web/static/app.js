// Small comforts only: every page works without this file.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const jump = document.getElementById("jump");
  if (jump) { event.preventDefault(); jump.focus(); jump.select(); } else { window.location = "/estates#jump"; }
});
document.addEventListener("change", (event) => {             // also for drop-downs that htmx has brought since
  if (event.target.matches("form[method=get] select[data-go]")) event.target.form.requestSubmit();
});
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const errors = document.getElementById("errors");
if (errors) errors.focus();
// sheets that were put away for want of a network (offline.js) are there only for who is signed in
window.forget = () => { if (window.caches) window.caches.delete("entry").catch(() => {}); };
if (document.querySelector(".shell.bare")) window.forget();
document.addEventListener("submit", (event) => { if (event.target.matches("[action='/sign-out']")) window.forget(); });
