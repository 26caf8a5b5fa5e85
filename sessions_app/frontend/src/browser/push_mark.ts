const PUSH = "ringside_push"; // key in localStorage; its value is the person's number, or it is missing

/** Who is signed in: their number; "" for visitors. */
export function person(): string {
  return document.querySelector<HTMLElement>(".person")?.dataset["person"] ?? "";
}

/** Whether the server tells this browser of this person's sessions. */
export function isPushOn(): boolean {
  return person() !== "" && localStorage.getItem(PUSH) === person();
}

export function markPush(isOn: boolean): void {
  if (isOn) localStorage.setItem(PUSH, person());
  else localStorage.removeItem(PUSH);
}
