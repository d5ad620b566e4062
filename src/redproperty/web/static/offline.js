// Puts the sheet away as it stands after everything that was acknowledged, with its styles and scripts, so that it
// opens without a network (worker.js). Only where the browser can; signing out takes it away (app.js).
"use strict";
(() => {
  if (!window.caches || !navigator.serviceWorker) return;
  const KEPT = "entry", RESTS = 1000;   // milliseconds
  const PARTS = "link[rel=stylesheet], link[rel=icon], script[src]";
  const address = (part) => part.href || part.src;

  // what was chosen and typed stands in the page's text as well
  const written = () => {
    for (const field of document.querySelectorAll("main input:not([type=hidden])")) {
      if (field.type === "radio") field.toggleAttribute("checked", field.checked);
      else field.setAttribute("value", field.value);
    }
    for (const field of document.querySelectorAll("main textarea")) field.textContent = field.value;
    return `<!doctype html>${document.documentElement.outerHTML}`;
  };
  const parts = async (cache) => {
    const wanted = [...document.querySelectorAll(PARTS)].map(address);
    for (const one of wanted) if (!(await cache.match(one))) await cache.add(one);
    return cache.match(wanted[0]);
  };
  const put = async () => {
    const cache = await caches.open(KEPT), { headers } = await parts(cache);
    const policy = headers.get("content-security-policy");
    await cache.put(location.pathname, new Response(written(), {
      headers: { "content-type": "text/html; charset=utf-8", "content-security-policy": policy },
    }));
    document.getElementById("kept").hidden = false;
  };
  let timer = 0;
  const quietly = () => put().catch(() => {});   // a full or locked store: the sheet works as it does without this file
  const later = () => { clearTimeout(timer); timer = setTimeout(quietly, RESTS); };
  navigator.serviceWorker.register("/inspections/worker.js").then(quietly, () => {});
  document.addEventListener("entry:put", later);
})();
