// What was done on this phone and has not been acknowledged: kept in order over reloads, sent one after another.
//
//   const queue = openQueue("entry/7/31", { send, changed });
//   queue.add({ place: "f-BJ-01", action: "/inspections/31/answers/BJ-01", version: 0, fields: [["outcome", "clean"]] });
//
// Every deed gets a key, under which the server does it once however often it arrives. `send(deed)` says how it went:
//   { done: true, written }   acknowledged; `written` is {item: [version before, version now]}
//   { refused: true }         answered, but not done: it stays here, out of the way, until its place says something else
//   { again: true }           nobody answered: tried again soon, nothing overtakes it
//   { stop: "signin" }        tried again when `run` is called
// Deeds of one place that wait one behind the other are one. Where the browser keeps nothing, `kept` is false.
"use strict";
const openQueue = (name, { send, changed }) => {
  const SOON = 3000;   // milliseconds
  const MOST_CRASHES = 5;
  const deeds = [];
  const queue = { kept: true, trouble: "" };
  let running = false, timer = 0;

  const store = (act) => { try { return act(window.localStorage); } catch { queue.kept = false; return null; } };
  const place = (deed) => `${name}/${String(deed.at).padStart(15, "0")}-${deed.key}`;   // two tabs never share one
  const keep = (deed) => store((kept) => kept.setItem(place(deed), JSON.stringify(deed)));
  const drop = (deed) => {
    if (deeds.includes(deed)) deeds.splice(deeds.indexOf(deed), 1);
    store((kept) => kept.removeItem(place(deed)));
  };
  const load = () => store((kept) => {
    const names = Object.keys(kept).filter((one) => one.startsWith(`${name}/`)).sort();
    deeds.push(...names.map((one) => ({ ...JSON.parse(kept.getItem(one)), refused: false })));
  });
  const key = () => Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");

  queue.waiting = () => deeds.filter((deed) => !deed.refused);
  queue.refused = () => deeds.filter((deed) => deed.refused);
  queue.discard = (where) => { for (const deed of deeds.filter((one) => one.place === where)) drop(deed); changed(); };

  queue.add = ({ place: where, action, version, fields, items, copies }) => {
    for (const deed of queue.refused().filter((one) => one.place === where)) drop(deed);
    const last = deeds[deeds.length - 1];
    if (last && last.place === where && !items && !last.tried) {
      Object.assign(last, { action, fields, copies });
      keep(last);
    } else {
      const at = Math.max(Date.now(), last ? last.at + 1 : 0);
      deeds.push({ at, key: key(), place: where, action, version, fields, items, copies, tried: 0, refused: false });
      keep(deeds[deeds.length - 1]);
    }
    changed();
    queue.run();
  };

  // a later deed was done upon what this one wrote: it goes on from there, unless it began from something else
  const rebase = (written) => {
    for (const deed of deeds) {
      const [before, now] = written[deed.place.replace(/^f-/, "")] || [];
      if (now !== undefined && deed.version === before) { deed.version = now; keep(deed); }
    }
  };

  const settle = (deed, { done, refused, written, crashed }) => {
    if (crashed) deed.crashes = (deed.crashes || 0) + 1;
    const over = refused || deed.crashes >= MOST_CRASHES;
    if (!done && !over) return false;
    for (const one of queue.refused().filter((other) => other.place === deed.place)) drop(one);
    if (done) { drop(deed); rebase(written || {}); } else { deed.refused = true; keep(deed); }
    return true;
  };

  queue.run = async () => {
    if (running) return;
    running = true;
    clearTimeout(timer);
    for (let deed; (deed = queue.waiting()[0]);) {
      deed.tried += 1;
      keep(deed);
      const answer = await send(deed);
      queue.trouble = answer.stop || (answer.again ? "offline" : "");
      const settled = settle(deed, answer);
      changed();
      if (!settled) break;
    }
    running = false;
    if (queue.trouble === "offline") timer = setTimeout(queue.run, SOON);
  };

  load();
  return queue;
};
