import { request } from "../link/request.ts";
import { spellOut } from "../text/spelled.ts";
import { h } from "../view/h.ts";
import { Completion } from "./completion.ts";
import type { Suggestion } from "./completion.ts";

const PAUSE_MS = 80; // ms without typing before files are requested
const TYPED = /(^|\s)@([^\s@"]{0,200})$/;

/** The files of the session's directory, offered while `@…` is typed. */
export class FileCompletion {
  private readonly input: HTMLTextAreaElement;
  private readonly session: string;
  private readonly completion: Completion;
  private timer = 0;

  constructor(input: HTMLTextAreaElement, session: string) {
    this.input = input;
    this.session = session;
    this.completion = new Completion(input, "files", "Files of the session's directory", {
      look: () => this.look(),
      take: (path) => this.write(path),
    });
  }

  /** What is typed after the `@` before the caret; null if there is none. */
  private get typed(): string | null {
    const { value, selectionStart } = this.input;
    return TYPED.exec(value.slice(0, selectionStart))?.[2] ?? null;
  }

  private look(): void {
    clearTimeout(this.timer);
    const { typed } = this;
    if (typed === null) return this.completion.close();
    this.timer = window.setTimeout(() => void this.ask(typed), PAUSE_MS);
  }

  private async ask(typed: string): Promise<void> {
    const path = `/sessions/${encodeURIComponent(this.session)}/files?text=${encodeURIComponent(typed)}`;
    const { value } = await request<{ files: string[] }>("GET", path);
    if (this.typed !== typed || document.activeElement !== this.input) return; // typed on meanwhile
    this.completion.show(value?.files.map(suggestionOf) ?? []);
  }

  private write(path: string): void {
    const { selectionStart } = this.input;
    const start = selectionStart - (this.typed?.length ?? 0);
    const named = /\s/.test(path) ? `"${path}" ` : `${path} `;
    this.input.setRangeText(named, start, selectionStart, "end");
  }
}

function suggestionOf(path: string): Suggestion {
  const at = path.lastIndexOf("/") + 1;
  const name = h("span", { class: "palette-name" }, spellOut(path.slice(at)));
  const folder = h("span", { class: "palette-more" }, spellOut(path.slice(0, at)));
  return { text: path, parts: [name, folder] };
}
