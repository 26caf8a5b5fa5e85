import { duration } from "../format.ts";
import type { NoticeRow } from "../../model/row.ts";
import { h, setText } from "../h.ts";
import type { ConfigOption, MemoryGapEvent, OptionChosenEvent } from "../../protocol.ts";
import { timeView } from "../time_view.ts";
import type { PieceView } from "../view_context.ts";

const GAP_CHARS = 300;

interface Said {
  tone: "plain" | "good" | "warn" | "bad";
  text: string;
  more: string;
}

/** One line about the session itself. */
export class NoticeView implements PieceView {
  readonly element: HTMLElement;
  private readonly row: NoticeRow;
  private readonly settings: () => readonly ConfigOption[];
  private readonly text = h("span", { class: "notice-text" });
  private readonly more = h("span", { class: "notice-more" });

  /** `settings` are those that the agent offers, for their names. */
  constructor(row: NoticeRow, settings: () => readonly ConfigOption[]) {
    this.row = row;
    this.settings = settings;
    const time = timeView(row.ts);
    this.element = h("article", { class: "row notice" }, this.text, this.more, time);
  }

  update(): void {
    const { tone, text, more } = said(this.row, this.settings);
    this.element.dataset["tone"] = tone;
    this.element.dataset["type"] = this.row.event.type;
    setText(this.text, text);
    setText(this.more, more);
  }
}

function said({ event }: NoticeRow, settings: () => readonly ConfigOption[]): Said {
  switch (event.type) {
    case "session_started": {
      const more = [event.model, event.workdir, event.permissionMode].filter(Boolean);
      return plain(event.resumed ? "Resumed" : "Started", more.join(" · "));
    }
    case "turn_end":
      return warn("The answer ended early", event.stopReason);
    case "turn_discarded":
      return warn("An attempt was thrown away", event.reason);
    case "retry":
      return warn(`Retry ${event.attempt} in ${duration(event.delayMs)}`, event.error);
    case "throttled":
      return warn(`Slowed down by ${duration(event.delayMs)} a call`, event.reason);
    case "redacted":
      return plain(`Redacted in ${event.seqs.length} events`, event.by ? `by ${event.by}` : "");
    case "resumed":
      return plain("At full speed again", "");
    case "compacted":
      return plain("The conversation was summed up, and goes on from there", event.reason);
    case "option_chosen":
      return chosen(event, settings());
    case "memory_gap":
      return warn(event.text ? "Not in the agent's memory" : "The agent no longer remembers what stands above", memoryWords(event));
    case "changes_committed":
      return plain(`Committed by ${event.by || "somebody"}`, `${event.commit.slice(0, 10)} ${event.message.split("\n")[0] ?? ""}`);
    case "files_restored":
      return plain(`Files put back by ${event.by || "somebody"}`, (event.paths ?? []).join(", "));
    case "branch_merged":
      return done("Merged into", event.onto, event.by, event.commit.slice(0, 10));
    case "branch_rebased":
      return done("Rebased on", event.onto, event.by, event.commit.slice(0, 10));
    case "branch_pushed":
      return done(`Pushed to ${event.remote} as`, event.name, event.by, event.commit.slice(0, 10));
    case "pull_request_opened":
      return done("Pull request opened:", event.title, event.by, event.url);
    case "merge_conflicted": {
      const files = event.files ?? [];
      const paths = files.map(({ path }) => path).join(", ");
      return warn(`Not ${(event.act ?? "merge") === "merge" ? "merged into" : "rebased on"} ${event.onto}: it conflicts`, paths);
    }
    case "error":
      return { tone: "bad", text: event.fatal ? "Failed" : "Error", more: event.message };
    case "status":
      return { ...STATUS[event.status], more: event.detail ?? "" };
  }
}

const STATUS = {
  queued: { tone: "plain", text: "Queued" },
  running: { tone: "plain", text: "Running" },
  waiting: { tone: "warn", text: "Waits for an approval" },
  idle: { tone: "plain", text: "Stopped; wants the next message" },
  completed: { tone: "good", text: "Completed" },
  failed: { tone: "bad", text: "Failed" },
  interrupted: { tone: "warn", text: "Interrupted: its runner is gone" },
  cancelled: { tone: "plain", text: "Cancelled" },
} as const;

function chosen({ optionId, value, by }: OptionChosenEvent, settings: readonly ConfigOption[]): Said {
  const option = settings.find(({ id }) => id === optionId);
  const name = option?.choices?.find((choice) => choice.value === value)?.name || value;
  return plain(`${option?.name ?? optionId}: ${name}`, by ? `chosen by ${by}` : "");
}

function memoryWords({ reason, text = "" }: MemoryGapEvent): string {
  const words = text.length > GAP_CHARS ? `${text.slice(0, GAP_CHARS)} …` : text;
  return [reason, words && `“${words}”`].filter(Boolean).join(": ");
}

function done(what: string, name: string, by = "", more = ""): Said {
  return { tone: "good", text: `${what} ${name} by ${by || "somebody"}`, more };
}

function plain(text: string, more: string): Said {
  return { tone: "plain", text, more };
}

function warn(text: string, more: string): Said {
  return { tone: "warn", text, more };
}
