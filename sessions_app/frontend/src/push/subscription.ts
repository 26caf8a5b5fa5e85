import { isPushOn, markPush } from "../browser/push_mark.ts";
import { request } from "../link/request.ts";

const BROWSER = "/notifications/browser";
const JSON_TYPE = { "Content-Type": "application/json" };

export type PushState = "on" | "off" | "denied" | "impossible";

/** Whether a browser can show notifications while no page is open. */
export function isAble(): boolean {
  return isSecureContext && "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;
}

export async function stateNow(): Promise<PushState> {
  if (!isAble()) return "impossible";
  if (Notification.permission === "denied") return "denied";
  const known = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  return known && isPushOn() ? "on" : "off";
}

/** Ask the person and the browser's push service, and tell the server. Returns a problem, or "". */
export async function turnOn(): Promise<string> {
  if ((await Notification.requestPermission()) !== "granted") return "The browser did not allow notifications.";
  const { value, problem: unknown } = await request<{ publicKey: string }>("GET", BROWSER);
  if (!value) return unknown;
  const subscription = await subscribed(value.publicKey);
  if (typeof subscription === "string") return subscription;
  const { problem } = await request("PUT", BROWSER, JSON_TYPE, JSON.stringify(subscription));
  if (problem) {
    await subscription.unsubscribe();
    return problem;
  }
  markPush(true);
  return "";
}

export async function turnOff(): Promise<string> {
  markPush(false);
  const subscription = await (await navigator.serviceWorker.ready).pushManager.getSubscription();
  if (!subscription) return "";
  const { problem } = await request("DELETE", BROWSER, JSON_TYPE, JSON.stringify(subscription));
  await subscription.unsubscribe();
  return problem ?? "";
}

/** Tell the server of the browser again: after another sign-in, or with its new key. */
export async function renew(): Promise<void> {
  if (isAble() && isPushOn() && Notification.permission === "granted") await turnOn();
}

async function subscribed(publicKey: string): Promise<PushSubscription | string> {
  const { pushManager } = await navigator.serviceWorker.ready;
  const key = bytesOf(publicKey);
  const known = await pushManager.getSubscription();
  if (known && isSame(known.options.applicationServerKey, key)) return known;
  try {
    await known?.unsubscribe();
    return await pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: key });
  } catch (error) {
    if (!(error instanceof DOMException)) throw error;
    return `The browser's push service did not take it: ${error.message}`;
  }
}

function isSame(known: ArrayBuffer | null, key: Uint8Array): boolean {
  const bytes = new Uint8Array(known ?? new ArrayBuffer(0));
  return bytes.length === key.length && bytes.every((byte, at) => byte === key[at]);
}

function bytesOf(base64url: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64url.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(text, (char) => char.charCodeAt(0));
}
