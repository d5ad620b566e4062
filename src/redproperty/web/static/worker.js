// Keeps the sheet of an inspection open where there is no network: the page as offline.js put it away, its styles and
// scripts. It stores nothing itself, and without a session it forgets everything.
"use strict";
const KEPT = "entry", PATIENCE = 8000;   // milliseconds
self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event, { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate" && /^\/inspections\/\d+$/.test(pathname)) event.respondWith(sheet(request, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(request));
});
const file = async (request) => (await caches.match(request)) || fetch(request);
const sheet = async (request, pathname) => {
  const kept = await caches.match(pathname);
  const late = new Promise((resolve) => { if (kept) setTimeout(resolve, PATIENCE, kept); });
  try {
    return await Promise.race([served(request, kept), late]);
  } catch (error) {
    if (kept) return kept;
    throw error;
  }
};
const served = async (request, kept) => {
  const answer = await fetch(request);
  if (answer.type === "opaqueredirect") await caches.delete(KEPT);   // to the page where one signs in
  return kept && answer.status > 501 ? kept : answer;
};
