{% load static %}// Where the server cannot be reached, a page says so. This worker keeps that page and its
// style, and nothing else: nothing of anybody's sessions.
const OFFLINE = "{% url 'offline' %}";
const SHELL = [OFFLINE, "{% static 'sessions_app/dist/style.css' %}"];
const KEPT = `ringside ${SHELL[1]}`;

addEventListener("install", (event) => {
  // Requests of scripts go past this worker, so they never wait for it to start.
  event.addRoutes?.({ condition: { requestMode: "cors" }, source: "network" });
  event.waitUntil(caches.open(KEPT).then((cache) => cache.addAll(SHELL)));
});

addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const former = (await caches.keys()).filter((name) => name !== KEPT);
      await Promise.all(former.map((name) => caches.delete(name)));
      await registration.navigationPreload?.enable();
    })(),
  );
});

addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  if (request.mode === "navigate") event.respondWith(page(event));
  else if (SHELL.includes(new URL(request.url).pathname)) event.respondWith(style(request));
});

async function page(event) {
  try {
    return (await event.preloadResponse) ?? (await fetch(event.request));
  } catch {
    return (await caches.match(OFFLINE)) ?? Response.error();
  }
}

async function style(request) {
  try {
    return await fetch(request);
  } catch {
    return (await caches.match(request)) ?? Response.error();
  }
}
