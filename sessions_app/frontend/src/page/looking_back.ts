import type { Keys } from "../browser/keys.ts";
import type { LookBackHost } from "../look_back/host.ts";
import type { Place } from "../model/navigation/place.ts";
import type { LookBack, PanelName } from "../look_back/look_back.ts";

type Bundle = typeof import("../look_back/look_back.ts");

const FILES_KEPT = "ringside files open"; // in localStorage, set by the files themselves
const REPLAY_KEYS: readonly (readonly [string, string])[] = [
  [" ", "replay: play or pause"],
  ["ArrowRight", "replay: to the next event"],
  ["ArrowLeft", "replay: to the event before"],
  [">", "replay: faster"],
  ["<", "replay: slower"],
];
const WAYS: readonly (readonly [PanelName, string, string])[] = [
  ["outline", "o", "outline of the session"],
  ["files", "f", "files changed"],
  ["replay", "r", "replay the session, or go back to live"],
];

/** Loads and opens the look-back bundle: outline, changed files, replay. */
export class LookingBack {
  private readonly host: LookBackHost;
  private readonly complain: (words: string) => void;
  private loading: Promise<LookBack> | null = null;
  private loaded: LookBack | null = null;

  constructor(host: LookBackHost, root: HTMLElement, keys: Keys, complain: (words: string) => void) {
    this.host = host;
    this.complain = complain;
    for (const [name, key, words] of WAYS) {
      keys.add(key, words, () => void this.open(name));
      root.querySelector(`[data-act=${name}]`)?.addEventListener("click", () => void this.open(name));
    }
    for (const [key, words] of REPLAY_KEYS) {
      keys.add(key, words, ({ target }) => {
        if (key === " " && target instanceof HTMLButtonElement) return false;
        return this.loaded?.press(key) ?? false;
      });
    }
  }

  /** Open the files beside the timeline, where they were left open. */
  async reopen(): Promise<void> {
    if (localStorage.getItem(FILES_KEPT) && (await this.ready())) this.loaded?.reopenFiles();
  }

  painted(): void {
    this.loaded?.painted();
  }

  /** Advance a running replay; returns true while it plays. */
  advance(nowMs: number): boolean {
    return this.loaded?.advance(nowMs) ?? false;
  }

  /** Move the replay to a row; returns false if no replay runs. */
  replays(place: Place): boolean {
    return this.loaded?.replays(place) ?? false;
  }

  endReplay(): void {
    this.loaded?.endReplay();
  }

  private async open(name: PanelName): Promise<void> {
    if (await this.ready()) this.loaded?.open(name);
  }

  private async ready(): Promise<boolean> {
    try {
      this.loaded = await (this.loading ??= this.load());
      return true;
    } catch (error) {
      // The server is unreachable, or serves a newer version of the page: reload.
      this.loading = null;
      if (!(error instanceof TypeError)) throw error;
      this.complain(`This cannot be opened now: ${error.message}. Reload the page.`);
      return false;
    }
  }

  private async load(): Promise<LookBack> {
    const url = new URL("./look_back.js", import.meta.url).href;
    const bundle = (await import(url)) as Bundle;
    return new bundle.LookBack(this.host);
  }
}
