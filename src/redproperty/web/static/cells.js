// Tables of cells that are typed without a mouse: Enter, Tab and arrows go from cell to cell, each cell is saved as it is
// left (data-each), a block copied from a spreadsheet goes to the server to be laid into the cells (data-paste).
"use strict";
(() => {
  const words = document.getElementById("cell-words").dataset;
  const cells = (form) => [...form.querySelectorAll("[data-cell]")];
  const step = (cell, by) => {                       // to the same column of another row
    const all = cells(cell.form), column = cell.closest("tr").querySelectorAll("[data-cell]");
    return all[all.indexOf(cell) + by * column.length];
  };
  const edge = (input, right) => input.selectionStart === input.selectionEnd ? input.selectionStart === (right ? input.value.length : 0) : input.selectionStart === 0 && input.selectionEnd === input.value.length;
  const go = (input) => { if (input) { input.focus(); input.select(); } };
  const side = (code) => document.querySelector(`[data-side="${code}"]`);
  const MOVES = {
    Enter: (cell, back) => step(cell, back ? -1 : 1) ?? (back ? null : cell.form.querySelector("[data-last], button:not([type=button])")),
    ArrowDown: (cell) => step(cell, 1),
    ArrowUp: (cell) => step(cell, -1),
    ArrowRight: (cell) => edge(cell, true) ? side(cell.dataset.save) ?? cells(cell.form)[cells(cell.form).indexOf(cell) + 1] : false,
    ArrowLeft: (cell) => edge(cell, false) ? (cell.dataset.save ? false : cells(cell.form)[cells(cell.form).indexOf(cell) - 1]) : false,
  };
  document.addEventListener("keydown", (event) => {
    const { target, key } = event;
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || !target.matches?.("[data-cells] input")) return;
    const cell = target.matches("[data-cell]") ? target : document.querySelector(`[data-save="${target.dataset.side}"]`);
    if (!cell || !(key in MOVES)) return;
    let next;
    if (cell === target) next = MOVES[key](cell, event.shiftKey);
    else if (key === "Enter") next = step(cell, 1) ?? cell;
    else if (key === "ArrowLeft" && edge(target, false)) next = cell;
    else return;
    if (next === false) return;
    event.preventDefault();
    if (key === "Enter" && cell.dataset.save && cell.getAttribute("aria-invalid") === "true" && sent.get(cell) === all(cell)) save(cell);   // said once more; what was typed anew saves itself
    if (next) { next.focus(); next.select?.(); }
  });
  document.addEventListener("focusin", ({ target }) => { if (target.matches("[data-cell]")) target.select(); });

  // saving cell by cell, one after another; what did not arrive is said and tried again
  const line = [], queued = new Set(), sent = new Map();
  const all = (cell) => `${cell.value}|${side(cell.dataset.save).value}`;
  let sending = false;
  const form = document.querySelector("[data-each]");
  const said = (text, tone) => { const place = document.querySelector(form.dataset.said); place.textContent = text; place.className = tone; };
  const wrong = () => cells(form).filter((cell) => cell.getAttribute("aria-invalid") === "true");
  const tell = () => {
    const place = document.querySelector(form.dataset.missing), all = wrong();
    place.hidden = !all.length;
    place.replaceChildren(words.missing, ...all.flatMap((cell) => {
      const link = document.createElement("a");
      link.href = `#${cell.id}`;
      link.textContent = cell.dataset.save;
      return [" ", link];
    }));
  };
  const put = (html) => {
    const held = document.createElement("template");
    held.innerHTML = html;
    for (const part of [...held.content.children]) document.getElementById(part.id)?.replaceWith(part);
    for (const button of document.querySelectorAll("[data-take]")) button.hidden = false;
  };
  function save(cell) {
    if (!queued.has(cell)) { queued.add(cell); line.push(cell); }
    next();
  }
  async function next() {
    if (sending || !line.length) return;
    sending = true;
    const cell = line[0], code = cell.dataset.save, body = new URLSearchParams();
    queued.delete(cell);                             // what is typed from here on is another save
    for (const name of ["cell", "reasons", "was", "version"]) body.set(`${name}-${code}`, form.elements[`${name}-${code}`].value);
    sent.set(cell, all(cell));
    said(words.saving, "");
    try {
      const answer = await fetch(form.dataset.each + code, { method: "POST", body, headers: { "x-csrftoken": form.elements._csrf_token.value, "hx-request": "true" } });
      if (answer.status >= 500) throw new Error();
      line.shift();
      if (answer.status === 409) {                   // what waits was typed before both were seen: it has to be said again
        while (line.includes(cell)) line.splice(line.indexOf(cell), 1);
        queued.delete(cell);
      }
      if ([200, 409, 422].includes(answer.status) && !answer.redirected) {
        put(await answer.text());
        cell.setAttribute("aria-invalid", String(answer.status !== 200));
        if (answer.status === 200) cell.removeAttribute("aria-invalid");
        if (!line.length) said(wrong().length ? "" : `✓ ${words.saved}`, "pos");
        tell();
      } else {
        cell.setAttribute("aria-invalid", "true");
        tell();
        said(answer.status === 401 || answer.redirected ? words.signin : words.refused, "neg");
      }
      sending = false;
      next();
    } catch {
      queued.add(cell);
      said(words.retry, "neg");
      setTimeout(() => { sending = false; next(); }, 3000);
    }
  }
  if (form) {
    for (const input of form.querySelectorAll("[data-side]")) input.tabIndex = -1;
    document.addEventListener("change", ({ target }) => {
      if (target.matches("[data-save]")) save(target);
      else if (target.matches("[data-side]")) save(document.querySelector(`[data-save="${target.dataset.side}"]`));
    });
    document.addEventListener("click", ({ target }) => {
      const take = target.closest("[data-take]");
      if (!take) return;
      const cell = take.closest("tr").querySelector("[data-save]");
      cell.value = take.dataset.take;
      side(cell.dataset.save).value = take.dataset.reasons;
      save(cell);
      go(cell);
    });
    window.addEventListener("beforeunload", (event) => { if (line.length) event.preventDefault(); });
    document.addEventListener("submit", (event) => {   // what is on its way arrives first
      if (!line.length || event.target !== form) return;
      event.preventDefault();
      const { submitter } = event, watch = setInterval(() => { if (!line.length) { clearInterval(watch); form.requestSubmit(submitter); } }, 100);
    });
    go(cells(form).find((cell) => !cell.value) ?? cells(form)[0]);
  }

  // a block copied from a spreadsheet
  document.addEventListener("paste", (event) => {
    const text = event.clipboardData?.getData("text/plain") ?? "", into = event.target.closest?.("[data-paste]");
    if (!into || !event.target.matches("[data-cell]") || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    into.elements.block.value = text;
    into.elements.row.value = event.target.dataset.row;
    into.elements.column.value = event.target.dataset.column;
    into.requestSubmit(into.querySelector("[name=do][value=paste]"));
  });
  if (!document.getElementById("errors")) document.getElementById("preview")?.focus();
})();
