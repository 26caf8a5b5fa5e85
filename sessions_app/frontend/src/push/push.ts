import { setText } from "../view/h.ts";
import { renew, stateNow, turnOff, turnOn } from "./subscription.ts";
import type { PushState } from "./subscription.ts";

export { renew };

const WORDS: Record<PushState, string> = {
  on: "This browser tells you, also with no page open.",
  off: "This browser tells you nothing while no page is open.",
  denied: "This browser was told not to show notifications of this site: its settings can allow them again.",
  impossible: "This browser cannot show notifications with no page open. On an iPhone or iPad install Ringside first; elsewhere it needs https.",
};

/** What scripts add to the page of notifications: the switch of this browser, and its time zone. */
export function addToNotifications(main: HTMLElement): void {
  const button = main.querySelector<HTMLButtonElement>("[data-act=push]");
  const zone = main.querySelector<HTMLInputElement>("[name=time_zone]");
  if (zone?.value === "UTC") zone.value = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!button) return;
  button.addEventListener("click", () => void press(main, button));
  void show(main, button);
}

async function press(main: HTMLElement, button: HTMLButtonElement): Promise<void> {
  button.disabled = true;
  const isOn = (await stateNow()) === "on";
  const problem = isOn ? await turnOff() : await turnOn();
  button.disabled = false;
  if (!problem) return location.reload(); // the list of browsers is another one
  const place = main.querySelector<HTMLElement>("[data-slot=problem]");
  if (place) {
    place.hidden = false;
    setText(place, problem);
  }
  await show(main, button);
}

async function show(main: HTMLElement, button: HTMLButtonElement): Promise<void> {
  const state = await stateNow();
  const place = main.querySelector("[data-slot=push-state]");
  if (place) setText(place, WORDS[state]);
  button.hidden = state === "denied" || state === "impossible";
  setText(button, state === "on" ? "Turn off" : "Turn on");
}
