// Small comforts only: every page works without this file.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  const jump = document.getElementById("jump");
  if (jump) { event.preventDefault(); jump.focus(); jump.select(); } else { window.location = "/estates#jump"; }
});
for (const select of document.querySelectorAll("form[method=get] select[data-go]")) {
  select.addEventListener("change", () => select.form.requestSubmit());
}
for (const button of document.querySelectorAll("[data-print]")) {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
}
const errors = document.getElementById("errors");
if (errors) errors.focus();
