import { isPushOn, person } from "../../browser/push_mark.ts";

type PushBundle = typeof import("../../push/push.ts");

const TOLD = "ringside_push_told"; // key in sessionStorage: the server knows of this browser

/** Notifications with no page open: their page, and, once a tab, the browser made known again. */
export async function addPush(): Promise<void> {
  const main = document.querySelector<HTMLElement>("main.notifications");
  if (!person()) sessionStorage.removeItem(TOLD); // signed out: the next one to sign in is told
  const isOwed = isPushOn() && !sessionStorage.getItem(TOLD);
  if (!main && !isOwed) return;
  const bundle = await load();
  if (!bundle) return;
  if (main) bundle.addToNotifications(main);
  if (!isOwed) return;
  sessionStorage.setItem(TOLD, "yes");
  await bundle.renew();
}

async function load(): Promise<PushBundle | null> {
  try {
    return (await import(new URL("./push.js", import.meta.url).href)) as PushBundle;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null; // the server is away
  }
}
