{% load static %}// Where the server cannot be reached, a page says so. This worker keeps that page and its
// style, and nothing else: nothing of anybody's sessions. And it shows notifications while
// no page is open, whose buttons it carries out.
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

const WORDS = { approve: "Approve", deny: "Deny" };

addEventListener("push", (event) => {
  const told = event.data?.json();
  if (told) event.waitUntil(tell(told));
});

addEventListener("notificationclick", (event) => {
  event.notification.close();
  const { path, token, title } = event.notification.data;
  event.waitUntil(event.action ? answer(event.action, token, path, title) : open(path));
});

// Whoever looks at the session's page here sees it there.
async function tell({ title, text, tag, path, urgent, answers = [], token }) {
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const isSeen = ({ url, visibilityState }) => visibilityState === "visible" && new URL(url).pathname === path;
  if (pages.some(isSeen)) return;
  await registration.showNotification(title, {
    body: text,
    tag, // one of a session, the newest
    renotify: true,
    requireInteraction: urgent,
    icon: "{% static 'sessions_app/icon/app_192.png' %}",
    data: { path, token, title },
    actions: answers.map((action) => ({ action, title: WORDS[action] })),
  });
}

async function answer(verdict, token, path, title) {
  const problem = await refusal(verdict, token);
  if (!problem) return;
  await registration.showNotification(title, { body: problem, tag: path, data: { path, title } });
  await open(path);
}

async function refusal(verdict, token) {
  const body = JSON.stringify({ token, verdict });
  const headers = { "Content-Type": "application/json" };
  try {
    const reply = await fetch("{% url 'push_answer' %}", { method: "POST", headers, body });
    if (reply.ok) return "";
    const told = await reply.json().catch(() => ({}));
    return told.error ?? "The server refused this: open the page to answer.";
  } catch {
    return "The server did not answer. Nothing is lost: open the page to answer.";
  }
}

async function open(address) {
  const path = new URL(address, location.origin).pathname; // no other site's, whoever sent it
  const pages = await clients.matchAll({ type: "window", includeUncontrolled: true });
  const known = pages.find(({ url }) => new URL(url).pathname === path);
  try {
    await (known ? known.focus() : clients.openWindow(path));
  } catch {
    // The browser lets a worker open nothing just now.
  }
}
