import { clock, clockDuration, plural } from "../view/format.ts";
import { Player, SPEEDS } from "../replay/player.ts";
import { IDLE_MS, ReplayTrack } from "../replay/track.ts";
import { h, setText } from "../view/h.ts";
import type { LookBackHost, ReplayScreen } from "./host.ts";
import { icon } from "./icon.ts";
import type { IconName } from "./icon.ts";
import { LogReader } from "./log_reader.ts";

const SHORTENED = `Idle times of over ${clockDuration(IDLE_MS)} are shortened`;

/** The controls of a replay; shown below the timeline instead of the composer. */
export class ReplayBar {
  private readonly host: LookBackHost;
  private readonly element: HTMLElement;
  private readonly playButton: HTMLButtonElement;
  private readonly scrubber = h("input", { type: "range", min: "0", step: "1", "aria-label": "Place in the replay" });
  private readonly clocks = h("span", { class: "replay-clocks" });
  private readonly speed = h("select", { "aria-label": "Speed" });
  private readonly state = h("p", { class: "replay-state", role: "status" });
  private readonly leave: HTMLButtonElement;
  private screen: ReplayScreen | null = null;
  private player: Player | null = null;
  private lastMs = 0;

  constructor(host: LookBackHost) {
    this.host = host;
    this.playButton = this.button("Play", () => this.toggle(), "play");
    this.leave = this.button("Back to live", () => this.end());
    const back = this.button("Step back", () => this.step(-1), "back");
    const on = this.button("Step on", () => this.step(1), "on");
    for (const speed of SPEEDS) this.speed.append(h("option", { value: `${speed}` }, `${speed}×`));
    this.speed.value = "1";
    this.speed.addEventListener("change", () => this.setSpeed(Number(this.speed.value)));
    this.scrubber.addEventListener("input", () => this.scrub());
    this.element = h(
      "section",
      { class: "replay", "aria-label": "Replay" },
      h("div", { class: "replay-line" }, back, this.playButton, on, this.scrubber, this.clocks, this.speed),
      h("div", { class: "replay-line" }, this.state, this.leave),
    );
    this.element.addEventListener("keydown", (event) => this.pressed(event));
  }

  get isOn(): boolean {
    return this.element.isConnected;
  }

  toggleOn(): void {
    if (this.isOn) this.end();
    else void this.begin();
  }

  end(): void {
    if (!this.isOn) return;
    this.element.remove();
    this.player = null;
    this.screen = null;
    this.host.endReplay();
    this.host.leave();
  }

  /** Handle a shortcut of the page; returns false if no replay runs. */
  press(key: string): boolean {
    if (!this.player) return false;
    if (key === " ") this.toggle();
    else if (key === "ArrowLeft") this.step(-1);
    else if (key === "ArrowRight") this.step(1);
    else if (key === "<") this.faster(-1);
    else if (key === ">") this.faster(1);
    else return false;
    return true;
  }

  /** Advance the replay; returns true while it plays. */
  advance(nowMs: number): boolean {
    const { player } = this;
    if (!player) return false;
    const wallMs = nowMs - this.lastMs;
    this.lastMs = nowMs;
    if (!player.isPlaying) return false;
    player.advance(wallMs);
    this.tell();
    return player.isPlaying;
  }

  /** Move to just after an event. */
  show(session: string, seq: number): void {
    if (!this.player?.show(session, seq)) return;
    this.moved();
    this.screen?.reveal(session, seq);
  }

  private async begin(): Promise<void> {
    const { host } = this;
    host.main.append(this.element);
    this.enable(false);
    const reader = new LogReader((events) => setText(this.state, `Reading the log: ${plural(events, "event")}`));
    setText(this.state, "Reading the log");
    try {
      await reader.read(host.session);
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return setText(this.state, `The log cannot be read: ${error.message}. Try again.`);
    }
    if (!this.isOn) return; // the bar was closed meanwhile
    this.screen = host.beginReplay();
    this.player = new Player(new ReplayTrack(reader.logs), this.screen);
    this.scrubber.max = `${Math.ceil(this.player.track.lengthMs)}`;
    this.enable(true);
    this.setSpeed(Number(this.speed.value));
    this.playButton.focus();
    this.toggle();
  }

  private toggle(): void {
    const { player } = this;
    if (!player) return;
    if (player.isPlaying) player.isPlaying = false;
    else player.play();
    this.lastMs = performance.now();
    this.moved();
  }

  private step(by: 1 | -1): void {
    this.player?.step(by);
    this.moved();
  }

  private scrub(): void {
    this.player?.seek(Number(this.scrubber.value));
    this.lastMs = performance.now();
    this.moved();
  }

  private moved(): void {
    this.screen?.toEnd();
    this.tell();
    this.host.repaint();
  }

  private setSpeed(speed: number): void {
    if (this.player) this.player.speed = speed;
    this.speed.value = `${speed}`;
  }

  private faster(by: 1 | -1): void {
    const at = SPEEDS.findIndex((speed) => `${speed}` === this.speed.value) + by;
    this.setSpeed(SPEEDS[Math.min(SPEEDS.length - 1, Math.max(0, at))] ?? 1);
  }

  private tell(): void {
    const { player } = this;
    if (!player) return;
    const { ms, ts, track, isAtEnd, isPlaying } = player;
    this.screen?.setTime(ts);
    const word = isPlaying ? "Pause" : isAtEnd ? "Play again" : "Play";
    if (this.playButton.dataset["act"] !== word) {
      this.playButton.dataset["act"] = word;
      this.playButton.setAttribute("aria-label", word);
      this.playButton.title = `${word} (space)`;
      this.playButton.replaceChildren(icon(isPlaying ? "pause" : isAtEnd ? "again" : "play"));
    }
    this.scrubber.value = `${Math.round(ms)}`;
    const place = `${clockDuration(ms)} of ${clockDuration(track.lengthMs)}`;
    this.scrubber.setAttribute("aria-valuetext", place);
    setText(this.clocks, place);
    this.leave.classList.toggle("primary", isAtEnd);
    setText(this.state, this.words(ts));
  }

  private words(ts: number): string {
    const { player } = this;
    if (!player) return "";
    if (player.isAtEnd) return "This is all of the log as it was when the replay began.";
    // No seconds, because screen readers announce every change.
    const time = clock(ts).slice(0, 5);
    const idle = player.idleMs;
    return idle > 0 ? `${time} · Idle for ${clockDuration(idle)}, shortened` : `${time} · ${SHORTENED}`;
  }

  private pressed(event: KeyboardEvent): void {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || target === this.speed) return;
    if (key === " " && target instanceof HTMLButtonElement) return; // it is pressed by that
    if (key === "Escape") this.end();
    else if (key === "Home" || key === "End") this.jump(key === "End");
    else if (!this.press(key)) return;
    event.preventDefault();
    event.stopPropagation();
  }

  private jump(isEnd: boolean): void {
    this.player?.seek(isEnd ? this.player.track.lengthMs : 0);
    this.moved();
  }

  private enable(yes: boolean): void {
    for (const control of this.element.querySelectorAll<HTMLInputElement>("button, input, select")) {
      if (control !== (this.leave as HTMLElement)) control.disabled = !yes;
    }
  }

  private button(words: string, act: () => void, picture?: IconName): HTMLButtonElement {
    const made = h("button", { type: "button", class: "button" }, picture ? icon(picture) : words);
    if (picture) made.setAttribute("aria-label", words);
    if (picture) made.title = words;
    made.addEventListener("click", act);
    return made;
  }
}
