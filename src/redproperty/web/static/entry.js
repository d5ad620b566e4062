// Entry on a phone: what is tapped and typed answers at once and goes through the queue (queue.js); what the server
// acknowledges is put in place part by part. Without this file every form works by itself.
"use strict";
(() => {
  document.documentElement.classList.add("js");
  const words = document.getElementById("entry-words").dataset;
  const { person, inspection } = document.getElementById("entry").dataset;
  const RESTS = 400, TYPES = 2000, PATIENCE = 20000, SLOW = 3000;   // milliseconds
  let token = JSON.parse(document.body.getAttribute("hx-headers"))["x-csrftoken"];
  const formOf = (deed) => document.getElementById(deed.place);
  const split = (reasons) => reasons.split(/[；;\n]/).map((one) => one.trim()).filter(Boolean);

  // --- sending one deed
  const post = async (deed) => {
    const body = new URLSearchParams(deed.fields), stop = new AbortController();
    if (deed.version !== undefined) body.set("version", deed.version);
    const timer = setTimeout(() => stop.abort(), PATIENCE);
    const headers = { "hx-request": "true", "x-csrftoken": token, "idempotency-key": deed.key };
    try {
      const answer = await fetch(deed.action, { method: "POST", body, headers, signal: stop.signal });
      return { status: answer.status, written: JSON.parse(answer.headers.get("x-written") || "{}"), html: await answer.text() };
    } catch {
      return { status: 0 };
    } finally {
      clearTimeout(timer);
    }
  };
  const parsed = (html) => new DOMParser().parseFromString(html, "text/html");
  // refused altogether: because the page's token is too old, because somebody else has signed in, or for a reason it says
  const refused = async (deed, html) => {
    let page;
    try {
      const answer = await fetch(location.pathname);
      if (answer.redirected) return { stop: "signin" };
      page = parsed(await answer.text());
    } catch {
      return { again: true };
    }
    const theirs = page.getElementById("entry");
    if (theirs && theirs.dataset.person !== person) return { stop: "other" };
    const fresh = theirs && JSON.parse(page.body.getAttribute("hx-headers"))["x-csrftoken"];
    if (fresh && fresh !== token) { token = fresh; return send(deed); }
    complain(deed, parsed(html).querySelector("main p")?.textContent || words.failed);
    return { refused: true };
  };
  const send = async (deed) => {
    const { status, html, written } = await post(deed);
    if (status === 200) { put(html, deed); return { done: true, written }; }
    if (status === 409 || status === 422) {
      put(html, deed);
      for (const amount of formOf(deed)?.querySelectorAll("[name=amount]") || []) amount.setAttribute("aria-invalid", status === 422);
      return { refused: true };
    }
    if (status === 401) { window.forget(); return { stop: "signin" }; }
    if (status === 0 || status === 429 || status >= 500) return { again: true, crashed: status === 500 };
    return refused(deed, html);
  };
  const complain = (deed, text) => {
    const place = document.getElementById(deed.place.replace(/^f-/, "e-"));
    const said = document.createElement("p");
    said.className = "error";
    said.textContent = `${words.failed}${words.colon}${text}`;
    place?.prepend(said);
  };

  // --- the page shows what was acknowledged: parts by their ids; live regions and the place of the cursor stay
  const cursor = () => {
    const at = document.activeElement, form = at?.form?.id, { name, value, selectionStart: start } = at || {};
    return (replaced) => {
      if (!replaced.some((part) => part.contains(at)) || document.contains(at)) return;
      const same = at.id ? document.getElementById(at.id)
        : [...document.getElementById(form)?.elements || []].find((one) => one.name === name && (one.type !== "radio" || one.value === value));
      same?.focus({ preventScroll: true });
      if (same?.matches("textarea")) same.setSelectionRange(start, start);
    };
  };
  const put = (html, answered) => {
    const box = document.createElement("template"), back = cursor(), replaced = [];
    box.innerHTML = html;
    for (const part of [...box.content.children]) {
      const old = document.getElementById(part.id);
      if (old?.matches(".item")) leave(old);
      if (old?.matches("[role]")) old.replaceChildren(...part.childNodes);
      else if (old) { old.replaceWith(part); replaced.push(old); }
    }
    for (const deed of queue.waiting()) if (deed !== answered && replaced.some((part) => part.id === deed.place)) show(deed);
    back(replaced);
    document.dispatchEvent(new Event("entry:put"));
  };

  // --- the page shows what waits
  const show = (deed) => {
    const form = formOf(deed);
    if (!form) return;
    if (deed.place === "site") { begin(); return; }
    if (deed.items) { mark(deed, form); return; }
    if (deed.copies) { form.querySelector(".chip").textContent = words.copied; return; }
    const amounts = deed.fields.filter(([name]) => name === "amount");
    form.querySelectorAll("[name=amount]").forEach((field, at) => { field.value = (amounts[at] || ["", ""])[1]; });
    for (const [name, value] of deed.fields) {
      if (name === "outcome") for (const one of form.querySelectorAll("[name=outcome]")) one.checked = one.value === value;
      else if (name !== "amount" && form.elements[name]) form.elements[name].value = value;
    }
    press(form);
  };
  const begin = () => {
    document.getElementById("site").hidden = true;
    document.getElementById("sheet").hidden = false;
    document.getElementById("main").focus({ preventScroll: true });
  };
  // a mark: what is open among its items is shown as clean (undone: as open), and the button as the opposite
  const mark = ({ items, fields }, place) => {
    const undoes = fields.some(([name]) => name === "undo"), form = place.querySelector("form");
    for (const item of items) {
      const card = document.getElementById(`f-${item}`), clean = card?.querySelector(".good [name=outcome]");
      if (clean && undoes) clean.checked = false;
      else if (clean && !card.querySelector("[name=outcome]:checked")) clean.checked = true;
    }
    if (!form) return;
    const undo = form.querySelector("[name=undo]");
    if (undoes && undo) undo.remove();
    if (!undoes && !undo) form.insertAdjacentHTML("beforeend", '<input type="hidden" name="undo" value="1">');
    form.querySelector("button").textContent = undoes ? words.mark : words.undo;
  };
  const press = (form) => {
    const said = split(form.elements.reasons?.value || "");
    for (const pick of form.querySelectorAll("[name=pick]")) pick.setAttribute("aria-pressed", said.includes(pick.value));
  };
  const age = (since) => {
    const minutes = Math.max(0, Math.floor((Date.now() - since) / 60000));
    if (minutes < 1) return words.now;
    return minutes < 60 ? words.minutes.replace("{n}", minutes) : words.hours.replace("{n}", Math.floor(minutes / 60));
  };
  let handing = null;
  const tell = () => {
    const waiting = queue.waiting(), wrong = queue.refused(), line = document.getElementById("waiting");
    const places = (deeds) => new Set(deeds.map((deed) => deed.place)), said = [];
    const stuck = waiting.length && (queue.trouble || Date.now() - waiting[0].at > SLOW);
    if (stuck) said.push((words[queue.trouble] || words.offline).replace("{n}", places(waiting).size).replace("{age}", age(waiting[0].at)));
    else if (waiting.length) said.push(words.saving);
    if (stuck && (queue.trouble === "signin" || queue.trouble === "other")) {
      const link = Object.assign(document.createElement("a"), { href: `/sign-in?next=${location.pathname}`, textContent: words.signIn });
      said.push(link);
    }
    if (wrong.length && !waiting.length) said.push(words.refused.replace("{n}", places(wrong).size));
    if (waiting.length && handing) said.push(words.handing);
    if (waiting.length && !queue.kept) said.push(words.unkept);
    line.replaceChildren(...said);
    line.className = stuck || wrong.length ? "neg" : "";
    const off = new Set([...(stuck ? places(waiting) : []), ...places(wrong)]);
    for (const form of document.querySelectorAll(".item")) form.classList.toggle("unsaved", off.has(form.id));
  };
  const changed = () => {
    tell();
    if (handing && !queue.waiting().length) {
      const form = handing;
      handing = null;
      if (!queue.refused().length) form.requestSubmit(); else { tell(); reveal(formOf(queue.refused()[0])); }
    }
  };

  // --- what is tapped and typed
  const resting = new Map();   // fields whose change is about to go to the queue
  const save = (form) => {
    for (const field of [...resting.keys()]) if (field.form === form) { clearTimeout(resting.get(field)); resting.delete(field); }
    const fields = [...new FormData(form)].filter(([name]) => !["_csrf_token", "version", "step", "pick"].includes(name));
    queue.add({ place: form.id, action: form.getAttribute("action"), version: Number(form.elements.version.value), fields });
  };
  const rest = (field, pause) => { clearTimeout(resting.get(field)); resting.set(field, setTimeout(() => save(field.form), pause)); };
  const leave = (form) => { if ([...resting.keys()].some((field) => field.form === form)) save(form); };
  const flush = () => { for (const form of new Set([...resting.keys()].map((field) => field.form))) save(form); };
  const STEPS = {
    step(button) {
      const amount = button.closest(".step").querySelector("input");
      const [by, kind] = button.value.split(":");          // of one count at least 1 is left, of several none
      const least = button.form.classList.contains("pick") && kind === undefined ? 1 : 0;
      amount.value = Math.max(least, (parseInt(amount.value, 10) || 0) + Number(by));
      rest(amount, RESTS);
    },
    pick(button, { reasons }) {
      const said = split(reasons.value), kept = said.filter((one) => one !== button.value);
      if (kept.length === said.length) kept.push(button.value);
      reasons.value = kept.join("；");
      press(button.form);
      rest(reasons, RESTS);
    },
  };
  document.addEventListener("click", (event) => {
    const button = event.target.closest("button[name=step], button[name=pick]");
    if (button) { event.preventDefault(); STEPS[button.name](button, button.form.elements); }
    const theirs = event.target.closest(".problem a");     // what stands on the server is taken instead
    if (theirs) queue.discard(theirs.closest("form").id);
  });
  document.addEventListener("change", ({ target }) => { if (target.form?.matches(".item")) save(target.form); });
  document.addEventListener("input", ({ target }) => {
    if (!target.matches(".item textarea, .item [name=amount]")) return;
    if (target.name === "reasons") press(target.form);
    if (target.matches("textarea")) rest(target, TYPES);
  });
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.matches(".item, .clean form, .foot form, #site")) return;
    const copy = form.matches(".item") && event.submitter?.getAttribute("formaction");
    if (copy) for (const field of [...resting.keys()]) if (field.form === form) { clearTimeout(resting.get(field)); resting.delete(field); }
    flush();
    if (form.matches(".foot form")) { handIn(event, form); return; }
    event.preventDefault();
    if (copy) {
      const deed = { place: form.id, action: copy, version: Number(form.elements.version.value), fields: [], copies: true };
      queue.add(deed);
      show(deed);
      return;
    }
    if (form.matches(".item")) { save(form); return; }
    if (form.matches("#site")) {
      queue.add({ place: "site", action: form.getAttribute("action"), fields: [["place", form.elements.place.value]] });
      begin();
      return;
    }
    const place = form.closest("[id]"), undo = form.elements.undo ? [["undo", "1"]] : [];
    const deed = { place: place.id, action: form.getAttribute("action"), fields: undo, items: form.dataset.items.split(" ") };
    queue.add(deed);
    mark(deed, place);
  });
  const handIn = (event, form) => {
    const [wrong] = queue.refused();
    const waits = queue.waiting().length > 0;
    if (!waits && !wrong && navigator.onLine) return;
    event.preventDefault();
    if (waits) { handing = form; queue.run(); }
    tell();
    if (!waits && wrong) reveal(formOf(wrong));
    else if (!waits) document.getElementById("waiting").textContent = words.unreached;
  };

  // --- coming and going
  document.addEventListener("visibilitychange", () => { flush(); if (document.visibilityState === "visible") queue.run(); });
  window.addEventListener("pagehide", flush);
  window.addEventListener("online", () => queue.run());
  window.addEventListener("focus", () => { if (queue.waiting().length) queue.run(); });
  window.addEventListener("beforeunload", (event) => {
    flush();
    if (queue.waiting().length && !queue.kept) event.preventDefault();
  });
  setInterval(tell, 10000);

  // --- a fold opens when a link leads into it; the way to what is missing leads first to what was not saved
  const reveal = (place) => {
    const fold = place?.closest(".fold");
    if (fold) fold.open = true;
    place?.scrollIntoView();
  };
  const follow = () => {
    const place = location.hash && document.getElementById(decodeURIComponent(location.hash.slice(1)));
    if (place && place.closest(".fold:not([open])")) reveal(place);
  };
  document.addEventListener("click", (event) => {
    const link = event.target.closest("#left a"), [wrong] = document.querySelectorAll(".item.unsaved, .item:has([aria-invalid=true])");
    const next = link && document.querySelector(link.getAttribute("href"));
    if (!wrong || !next || next.compareDocumentPosition(wrong) & Node.DOCUMENT_POSITION_FOLLOWING) return;
    event.preventDefault();
    reveal(wrong);
  });
  window.addEventListener("hashchange", follow);

  const queue = openQueue(`entry/${person}/${inspection}`, { send, changed });
  for (const deed of queue.waiting()) show(deed);
  tell();
  queue.run();
  follow();
})();
