// Photos on a phone: made smaller here, kept here until the server has them, sent one by one; one that fails holds up
// no other and can be tried again alone. Beside them the signature pad and the one position, both only when asked for.
"use strict";
(() => {
  const words = document.getElementById("photos-words").dataset;
  const token = document.querySelector("#photos-form [name=_csrf_token]").value;
  const SIDE = 1600, SMALL = 1024 * 1024, PATIENCE = 120000;
  const OPEN = ["waiting", "sending", "failed"];
  document.documentElement.classList.add("js");
  const say = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
  const clock = (at) => new Date(at).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Shanghai" });
  const put = (node, text) => { if (node.textContent !== text) node.textContent = text; };

  // --- what waits, in memory and (where the browser lets us) in IndexedDB -------------------------------------------
  const waiting = new Map();    // key → picture, in the order in which they were taken
  const unkept = new Set();     // keys of those that a reload would lose
  const urls = new Map();
  const base = new Promise((resolve) => {
    try {
      const asked = indexedDB.open("redproperty-photos", 1);
      asked.onupgradeneeded = () => asked.result.createObjectStore("pictures", { keyPath: "key" });
      asked.onsuccess = () => resolve(asked.result);
      asked.onerror = asked.onblocked = () => resolve(null);
    } catch { resolve(null); }
  });
  const within = async (mode, work) => {
    const opened = await base;
    if (!opened) return undefined;
    return new Promise((resolve) => {
      try {
        const deed = opened.transaction("pictures", mode), asked = work(deed.objectStore("pictures"));
        deed.oncomplete = () => resolve(asked.result ?? true);
        deed.onerror = deed.onabort = () => resolve(undefined);
      } catch { resolve(undefined); }
    });
  };
  const keep = async (picture) => {
    const { state, why, ...kept } = picture;
    unkept[await within("readwrite", (store) => store.put(kept)) ? "delete" : "add"](picture.key);
  };
  const forget = (picture) => {
    waiting.delete(picture.key);
    unkept.delete(picture.key);
    URL.revokeObjectURL(urls.get(picture.key));
    document.getElementById(`up-${picture.key}`)?.remove();
    return within("readwrite", (store) => store.delete(picture.key));
  };
  const open = () => [...waiting.values()].filter((one) => OPEN.includes(one.state));

  // --- a picture as it is taken -----------------------------------------------------------------------------------
  const exif = (view, tiff) => {
    const little = view.getUint16(tiff) === 0x4949;
    const find = (folder, tag) => {
      for (let left = view.getUint16(folder, little), at = folder + 2; left > 0; left -= 1, at += 12)
        if (view.getUint16(at, little) === tag) return { count: view.getUint32(at + 4, little), value: view.getUint32(at + 8, little) };
      return null;
    };
    const text = (found) => found ? String.fromCharCode(...new Uint8Array(view.buffer, tiff + found.value, found.count - 1)) : "";
    const inner = find(tiff + view.getUint32(tiff + 4, little), 0x8769);
    return inner ? text(find(tiff + inner.value, 0x9003)) + text(find(tiff + inner.value, 0x9011)) : "";
  };
  const takenAt = async (file) => {                     // the camera's time, before the picture is drawn anew without it
    try {
      const view = new DataView(await file.slice(0, 262144).arrayBuffer());
      if (view.getUint16(0) !== 0xffd8) return "";
      for (let at = 2; view.getUint8(at) === 0xff; at += 2 + view.getUint16(at + 2))
        if (view.getUint16(at) === 0xffe1 && view.getUint32(at + 4) === 0x45786966) return exif(view, at + 10);
    } catch { /* a head that cannot be read says nothing */ }
    return "";
  };
  const smaller = async (file) => {                     // what cannot be drawn here goes as it is; the server judges it
    try {
      const drawn = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, SIDE / Math.max(drawn.width, drawn.height));
      if (scale === 1 && file.type === "image/jpeg" && file.size <= SMALL) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(drawn.width * scale);
      canvas.height = Math.round(drawn.height * scale);
      canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
      drawn.close();
      return await new Promise((resolve) => canvas.toBlob((blob) => resolve(blob || file), "image/jpeg", 0.82));
    } catch { return file; }
  };
  const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const add = async (item, file) => {
    const [taken, blob] = [await takenAt(file), await smaller(file)];
    const picture = {
      key: newKey(), person: words.person, inspection: words.inspection, item, taken, at: Date.now(), type: blob.type,
      content: await blob.arrayBuffer(), state: "waiting", why: "",
    };
    waiting.set(picture.key, picture);
    await keep(picture);      // it is said to wait only once a reload would not lose it
    show();
    run();
  };

  // --- sending ----------------------------------------------------------------------------------------------------
  const post = (address, body) => fetch(address, {
    method: "POST", body, headers: { "x-csrftoken": token, "hx-request": "true" }, credentials: "same-origin",
    signal: AbortSignal.timeout ? AbortSignal.timeout(PATIENCE) : undefined,
  });
  const WHY = { 401: words.signIn, 403: words.closed, 404: words.closed, 413: words.large };
  const send = async (picture) => {
    const form = new FormData(), { key, item, inspection, taken, content, type } = picture;
    form.append("key", key);
    form.append("item", item);
    form.append("taken", taken);
    form.append(`photo-${item}`, new Blob([content], { type }), "photo");
    Object.assign(picture, { state: "sending", why: "" });
    show();
    try {
      const answer = await post(`/inspections/${inspection}/photos`, form);
      const said = await answer.text();
      if (answer.ok) return await arrived(picture, said);
      const again = answer.status === 401 || answer.status === 403 || answer.status >= 500;
      Object.assign(picture, { state: again ? "failed" : "refused", why: answer.status === 422 ? said : WHY[answer.status] || "" });
    } catch { Object.assign(picture, { state: "failed", why: "" }); }
    return show();
  };
  const arrived = async (picture, html) => {
    const shots = picture.inspection === words.inspection && document.querySelector(`#ph-${picture.item} .shots`);
    const shot = html.trim() && new DOMParser().parseFromString(html, "text/html").querySelector(".shot");
    if (shots && shot && !document.getElementById(shot.id)) shots.append(document.adoptNode(shot));
    await forget(picture);
    show();
  };
  let running = false, pause = 15000, timer = 0;
  const run = async () => {
    if (running) return;
    running = true;
    for (let next; (next = open().find((one) => one.state === "waiting"));) await send(next);
    running = false;
    clearTimeout(timer);
    if (!open().length) pause = 15000;
    else timer = setTimeout(again, pause = Math.min(pause * 2, 300000));
  };
  const again = () => {
    for (const one of open()) if (one.state === "failed" && one.why === "") one.state = "waiting";
    show();
    run();
  };
  window.addEventListener("online", again);

  // --- what stands on the page --------------------------------------------------------------------------------------
  const STATES = { waiting: words.waiting, sending: words.sending, failed: words.failed, refused: words.refused };
  const button = (name, text, picture) => {
    const made = Object.assign(document.createElement("button"), { type: "button", className: `button quiet ${name}`, textContent: text });
    made.addEventListener("click", () => {
      if (name === "retry") { Object.assign(picture, { state: "waiting", why: "" }); show(); run(); } else forget(picture).then(show);
    });
    return made;
  };
  const figure = (picture) => {
    const made = Object.assign(document.createElement("figure"), { className: "shot", id: `up-${picture.key}` });
    const image = Object.assign(document.createElement("img"), { alt: say(words.picture, { code: picture.item }), width: 72, height: 72 });
    urls.set(picture.key, image.src = URL.createObjectURL(new Blob([picture.content], { type: picture.type })));
    const told = document.createElement("figcaption"), acts = document.createElement("span");
    told.append(Object.assign(document.createElement("span"), { className: "state" }), document.createElement("small"));
    told.setAttribute("role", "status");
    acts.append(button("retry", words.retry, picture), button("drop", words.remove, picture));
    made.append(image, told, acts);
    return made;
  };
  const draw = (picture) => {
    const shots = document.querySelector(`#ph-${picture.item} .shots`);
    if (!shots) return;
    const made = document.getElementById(`up-${picture.key}`) || figure(picture);
    if (made.parentNode !== shots) shots.append(made);
    made.classList.toggle("failed", picture.state === "failed" || picture.state === "refused");
    put(made.querySelector(".state"), STATES[picture.state]);
    put(made.querySelector("small"), picture.why);
    made.querySelector(".retry").hidden = !["failed", "refused"].includes(picture.state);
    made.querySelector(".drop").hidden = picture.state === "sending";
  };
  const unproven = () => {
    const codes = [], notice = document.getElementById("unproven");
    for (const strip of document.querySelectorAll(".photos")) {
      const has = Boolean(strip.querySelector(".shot"));
      strip.classList.toggle("has", has);
      if (!has && "asks" in strip.dataset && strip.closest(".item").querySelector(".chip.bad[id]")) codes.push(strip.dataset.item);
    }
    const said = codes.join(" ");
    if (!notice || notice.dataset.said === said) return;
    notice.dataset.said = said;
    notice.hidden = !codes.length;
    notice.querySelector("span").replaceChildren(...codes.flatMap((code) => [Object.assign(document.createElement("a"), { href: `#f-${code}`, textContent: code }), " "]));
  };
  let blocked = "";             // "yes" when the sheet was to be handed in before all of its pictures had arrived
  const show = () => {
    for (const picture of waiting.values()) if (picture.inspection === words.inspection) draw(picture);
    const left = open(), at = left.length && clock(Math.min(...left.map((one) => one.at)));
    const mine = left.filter((one) => one.inspection === words.inspection).length;
    if (blocked && !mine) blocked = "over";
    const first = blocked === "over" ? words.all : blocked ? say(words.first, { n: mine }) : "";
    const told = first || (left.length ? say(words.left, { n: left.length, at }) + (unkept.size ? ` ${words.unkept}` : "") : "");
    const status = document.getElementById("photos-left");
    if (status) put(status, told);
    unproven();
    for (const pad of document.querySelectorAll("canvas.pad:not([data-ready])")) ready(pad);
    for (const several of document.querySelectorAll(".photos .choose input:not([multiple])")) several.multiple = true;
  };
  let asked = false;
  const soon = () => { if (!asked) { asked = true; setTimeout(() => { asked = false; show(); }); } };
  new MutationObserver(soon).observe(document.getElementById("main"), { childList: true, subtree: true });

  document.addEventListener("change", (event) => {      // before the item's form takes it for an answer
    const { target } = event, strip = target.type === "file" && target.closest(".photos");
    if (!strip) return;
    event.stopPropagation();
    for (const file of [...target.files]) add(strip.dataset.item, file);
    target.value = "";
  }, true);
  document.addEventListener("click", async (event) => {
    const { target } = event;
    if (target.matches(".signing .clear")) clear(target.form.querySelector(".pad"));
    if (target.matches(".position .locate")) locate(target.form);
    if (!target.matches(".shot button[formaction]")) return;
    event.preventDefault();
    const shot = target.closest(".shot");
    target.disabled = true;
    const answer = await post(target.formAction).catch(() => null);
    if (answer?.ok) shot.remove();
    else { target.disabled = false; put(shot.querySelector("small"), answer ? WHY[answer.status] || words.offline : words.offline); }
    soon();
  });
  document.addEventListener("submit", (event) => {
    const form = event.target, left = open().filter((one) => one.inspection === words.inspection);
    if (form.matches(".signing form")) form.elements.drawing.value = drawing(form.querySelector(".pad"));
    if (!form.matches(".foot form") || !left.length) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    blocked = "yes";
    again();
  }, true);
  window.addEventListener("beforeunload", (event) => { if (unkept.size) event.preventDefault(); });

  // --- signature and position ---------------------------------------------------------------------------------------
  const clear = (pad) => { pad.getContext("2d").clearRect(0, 0, pad.width, pad.height); delete pad.dataset.drawn; };
  const drawing = (pad) => {
    if (!pad.dataset.drawn) return "";
    const sheet = Object.assign(document.createElement("canvas"), { width: pad.width, height: pad.height }), pencil = sheet.getContext("2d");
    pencil.fillStyle = "#fff";
    pencil.fillRect(0, 0, sheet.width, sheet.height);
    pencil.drawImage(pad, 0, 0);
    return sheet.toDataURL("image/png");
  };
  const ready = (pad) => {
    pad.dataset.ready = "1";
    const pencil = pad.getContext("2d"), kept = pad.closest("form").elements.drawing.value;
    Object.assign(pencil, { lineWidth: 5, lineCap: "round", lineJoin: "round", strokeStyle: "#111" });
    if (kept) {                                          // what was signed before something else was found missing
      const image = new Image();
      image.addEventListener("load", () => { pencil.drawImage(image, 0, 0); pad.dataset.drawn = "1"; });
      image.src = kept;
    }
    const at = ({ clientX, clientY }) => {
      const frame = pad.getBoundingClientRect();
      return [(clientX - frame.left) * pad.width / frame.width, (clientY - frame.top) * pad.height / frame.height];
    };
    let down = false;
    pad.addEventListener("pointerdown", (event) => { down = true; pad.setPointerCapture(event.pointerId); pencil.beginPath(); pencil.moveTo(...at(event)); });
    pad.addEventListener("pointermove", (event) => { if (down) { pencil.lineTo(...at(event)); pencil.stroke(); pad.dataset.drawn = "1"; } });
    for (const end of ["pointerup", "pointercancel"]) pad.addEventListener(end, () => { down = false; });
  };
  const went = (form, text) => { const line = form.querySelector(".went"); line.hidden = !text; put(line, text); };
  const locate = (form) => {
    if (!navigator.geolocation) return went(form, words.noPlace);
    went(form, words.locating);
    return navigator.geolocation.getCurrentPosition(({ coords }) => {
      for (const name of ["latitude", "longitude", "accuracy"]) form.elements[name].value = coords[name];
      form.requestSubmit();
    }, () => went(form, words.noPlace), { enableHighAccuracy: true, timeout: 20000, maximumAge: 0 });
  };
  for (const fault of ["htmx:sendError", "htmx:timeout"]) {
    document.addEventListener(fault, ({ target }) => { if (target.querySelector(":scope > .went")) went(target, words.offline); });
  }

  within("readonly", (store) => store.getAll()).then((kept) => {
    for (const one of (Array.isArray(kept) ? kept : []).sort((a, b) => a.at - b.at)) {
      if (one.person === words.person && !waiting.has(one.key)) waiting.set(one.key, { ...one, state: "waiting", why: "" });
    }
    show();
    run();
  });
})();
