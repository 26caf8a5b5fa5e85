import { giveCommand, newKey } from "../link/command.ts";
import { spellOut } from "../text/spelled.ts";
import { plural } from "../view/format.ts";
import { h, setText } from "../view/h.ts";
import { messageOf } from "./comments.ts";
import type { Comment, Comments, Spot } from "./comments.ts";

/** What the tray needs of the view around it. */
export interface TrayHost {
  readonly session: string;
  readonly comments: Comments;
  isOutdated(comment: Comment): boolean;
  /** Bring a comment's line to sight. */
  reveal(comment: Comment): void;
  changed(): void;
  leave(): void;
}

/** The comments that were gathered, and the field in which one is written. */
export class CommentTray {
  readonly element: HTMLElement;
  private readonly host: TrayHost;
  private readonly list = h("ul", { class: "comments" });
  private readonly form: HTMLFormElement;
  private readonly about = h("span");
  private readonly field = h("textarea", { rows: "3", dir: "auto" });
  private readonly state = h("p", { class: "comments-state", role: "status" });
  private readonly send = h("button", { type: "button", class: "button primary" });
  private writing: { readonly id: string; readonly spot: Spot } | null = null;
  private key = newKey();
  private drawn = "";

  constructor(host: TrayHost) {
    this.host = host;
    const save = h("button", { type: "submit", class: "button primary" }, "Comment");
    const cancel = h("button", { type: "button", class: "button" }, "Cancel");
    cancel.addEventListener("click", () => this.stop());
    const acts = h("div", { class: "comment-acts" }, cancel, save);
    this.form = h("form", { class: "comment-form", hidden: "" }, h("label", {}, this.about, this.field), acts);
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.save();
    });
    this.field.addEventListener("keydown", (event) => this.press(event));
    this.send.addEventListener("click", () => void this.sendAll());
    const foot = h("div", { class: "comments-foot" }, this.state, this.send);
    this.element = h("section", { class: "comment-tray", "aria-label": "Comments", hidden: "" }, this.list, this.form, foot);
    this.update();
  }

  /** Write a new comment, or edit the one that stands there. */
  write(spot: Spot, comment: Comment | null): void {
    this.writing = { id: comment?.id ?? newKey(), spot };
    setText(this.about, placeOf(spot));
    this.field.value = comment?.text ?? "";
    this.form.hidden = false;
    setText(this.state, "");
    this.update();
    this.field.focus();
  }

  update(): void {
    const { comments } = this.host;
    const rows = comments.all.map((comment) => ({ comment, isOld: this.host.isOutdated(comment) }));
    const drawn = JSON.stringify(rows);
    if (drawn !== this.drawn) {
      this.drawn = drawn;
      this.list.replaceChildren(...rows.map(({ comment, isOld }) => this.row(comment, isOld)));
    }
    setText(this.send, `Send ${plural(comments.all.length, "comment")}`);
    this.send.hidden = comments.all.length === 0;
    this.element.hidden = comments.all.length === 0 && this.form.hidden && this.state.textContent === "";
  }

  private row(comment: Comment, isOld: boolean): HTMLElement {
    const where = h("button", { type: "button", class: "comment-place" }, placeOf(comment));
    where.addEventListener("click", () => this.host.reveal(comment));
    const text = h("p", { class: "comment-text", dir: "auto" }, comment.text);
    const edit = h("button", { type: "button", class: "tab", "aria-label": `Edit: ${comment.text}` }, "Edit");
    edit.addEventListener("click", () => this.write(comment, comment));
    const remove = h("button", { type: "button", class: "tab", "aria-label": `Delete: ${comment.text}` }, "Delete");
    remove.addEventListener("click", () => {
      this.host.comments.remove(new Set([comment.id]));
      this.changed("Deleted");
    });
    const old = isOld ? [h("span", { class: "comment-old" }, "outdated")] : [];
    return h("li", {}, h("div", { class: "comment-head" }, where, ...old, edit, remove), text);
  }

  private save(): void {
    const text = this.field.value.trim();
    if (!this.writing || text === "") return this.stop();
    const { path, side, line, from, quoted, blob } = this.writing.spot;
    const range = from === undefined ? {} : { from };
    const isKept = this.host.comments.put({ id: this.writing.id, path, side, line, ...range, quoted, blob, text });
    this.stop();
    this.changed(isKept ? "" : "This browser keeps no more: send the comments before the page is closed.");
  }

  private stop(): void {
    this.writing = null;
    this.form.hidden = true;
    this.update();
    this.host.leave();
  }

  private changed(words: string): void {
    this.key = newKey(); // another message
    setText(this.state, words);
    this.update();
    this.host.changed();
  }

  private async sendAll(): Promise<void> {
    const { session, comments } = this.host;
    const sent = comments.all;
    const outdated = new Set(sent.filter((each) => this.host.isOutdated(each)).map(({ id }) => id));
    this.send.disabled = true;
    setText(this.state, "Sending");
    const { problem } = await giveCommand(session, { type: "prompt", text: messageOf(sent, outdated) }, this.key);
    this.send.disabled = false;
    if (problem !== null) return setText(this.state, problem);
    comments.remove(new Set(sent.map(({ id }) => id)));
    this.changed("Sent to the agent as one message");
  }

  private press(event: KeyboardEvent): void {
    event.stopPropagation();
    if (event.key === "Escape") {
      event.preventDefault();
      this.stop();
    } else if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.save();
    }
  }
}

function placeOf({ path, side, line, from }: Spot): string {
  const name = spellOut(path);
  if (side === "file") return name;
  const which = from === undefined ? `line ${line}` : `lines ${from} to ${line}`;
  return side === "before" ? `${name}, ${which} before` : `${name}, ${which}`;
}
