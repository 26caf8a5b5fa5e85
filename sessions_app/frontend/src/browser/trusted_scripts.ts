import { policy } from "./trusted.ts";

export const SERVICE_WORKER = "/service-worker.js"; // at the root, so that it serves all pages
const WORKER_URL = new URL("./worker.js", import.meta.url).href;

/** What the page may run apart from itself: its worker and its service worker. */
export const trustedScripts = policy("ringside", {
  createScriptURL: (url: string): string => (url === SERVICE_WORKER ? url : WORKER_URL),
});
