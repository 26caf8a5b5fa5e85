import { keep } from "../../browser/keep.ts";
import type { Keys } from "../../browser/keys.ts";
import type { PageScope } from "../../browser/page_scope.ts";
import { request } from "../../link/request.ts";
import { h } from "../h.ts";

const DRAFT = "ringside draft start";
const PAUSE_MS = 120; // ms without typing before directories are requested

/** The form that starts a session: completes directories, keeps a draft, is sent once. */
export class StartForm {
  private readonly form: HTMLFormElement;
  private timer = 0;

  constructor(form: HTMLFormElement, keys: Keys, scope: PageScope) {
    this.form = form;
    const prompt = form.querySelector<HTMLTextAreaElement>("[name=prompt]");
    const workdir = form.querySelector<HTMLInputElement>("[name=workdir]");
    if (prompt) this.keep(prompt);
    if (workdir && !workdir.disabled) this.complete(workdir);
    this.fold(prompt?.value ?? "");
    form.addEventListener("submit", () => this.sent());
    // Coming back from the started session, the person may start another one.
    scope.onWindow("pageshow", () => this.disable(false));
    keys.add("c", "write a prompt", () => prompt?.focus());
  }

  private keep(prompt: HTMLTextAreaElement): void {
    prompt.value ||= sessionStorage.getItem(DRAFT) ?? "";
    prompt.addEventListener("input", () => keep(sessionStorage, DRAFT, prompt.value));
    prompt.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey)) return;
      event.preventDefault();
      this.form.requestSubmit();
    });
  }

  /** On a phone the list is what is looked at: the form is one line until it is touched. */
  private fold(draft: string): void {
    const isRefused = this.form.querySelector(".errorlist, .problem") !== null;
    const unfold = () => this.form.classList.remove("folded");
    if (draft !== "" || isRefused) unfold();
    this.form.addEventListener("focusin", unfold, { once: true });
  }

  private complete(workdir: HTMLInputElement): void {
    const ask = () => {
      clearTimeout(this.timer);
      this.timer = window.setTimeout(() => void this.offer(workdir), PAUSE_MS);
    };
    workdir.addEventListener("input", ask);
    workdir.addEventListener("focus", ask);
  }

  private async offer(workdir: HTMLInputElement): Promise<void> {
    const path = `/workdirs?text=${encodeURIComponent(workdir.value)}`;
    const { value } = await request<{ workdirs: string[] }>("GET", path);
    const options = value?.workdirs.map((dir) => h("option", { value: dir })) ?? [];
    workdir.list?.replaceChildren(...options);
  }

  private sent(): void {
    // A refused form comes back filled in, so the draft is no longer needed.
    sessionStorage.removeItem(DRAFT);
    // After the browser has read the form, because a disabled button is not submitted.
    setTimeout(() => this.disable(true));
  }

  private disable(yes: boolean): void {
    for (const button of this.form.querySelectorAll("button")) button.disabled = yes;
  }
}
