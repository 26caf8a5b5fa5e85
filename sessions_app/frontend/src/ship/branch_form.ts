import type { AnyCommand, WorkdirChangesEvent } from "../protocol.ts";
import { spellOut } from "../text/spelled.ts";
import { plural } from "../view/format.ts";
import { h } from "../view/h.ts";
import { remotesFor } from "./branch_words.ts";
import type { Act } from "./branch_words.ts";

/** What a form needs to know of the session. */
export interface Subject {
  readonly event: WorkdirChangesEvent;
  readonly title: string;
  /** A text to begin with, for a commit or a pull request. */
  readonly draft: string;
}

/** The fields of an act, and the commands that they ask for. */
export interface Form {
  readonly fields: readonly HTMLElement[];
  readonly submit: string;
  readonly working: string;
  /** The field to begin in; null: the button. */
  readonly first: HTMLElement | null;
  commands(): readonly AnyCommand[] | string;
}

/** Make the form of an act that can be done. */
export function formOf(act: Act, subject: Subject): Form {
  switch (act) {
    case "merge":
      return mergeForm(subject);
    case "rebase":
      return rebaseForm(subject);
    case "push":
      return pushForm(subject);
    case "request":
      return requestForm(subject);
  }
}

function mergeForm({ event }: Subject): Form {
  const { onto = "", ahead = 0, behind = 0, uncommitted = 0 } = event.ship ?? {};
  const how = h("select", {});
  const forward = behind === 0 ? [h("option", { value: "forward" }, `Fast forward: ${onto} gets the ${plural(ahead, "commit")}`)] : [];
  how.append(...forward, h("option", { value: "commit" }, "With a merge commit"));
  const message = h("input", { type: "text", dir: "auto", placeholder: `Merge branch '${event.branch ?? ""}' into ${onto}` });
  const words = label("Its message", message);
  words.hidden = how.value !== "commit";
  how.addEventListener("change", () => (words.hidden = how.value !== "commit"));
  const stay = uncommitted ? [h("p", { class: "ship-note" }, `${plural(uncommitted, "file")} not committed: left out, and kept as they are.`)] : [];
  return {
    fields: [...stay, label("How", how), words],
    submit: `Merge into ${spellOut(onto)}`,
    working: "Merging",
    first: how,
    commands: () => {
      const kind = how.value === "forward" ? "forward" : "commit";
      return [{ type: "merge_branch", head: event.head ?? "", how: kind, message: kind === "commit" ? message.value.trim() : "" }];
    },
  };
}

function rebaseForm({ event }: Subject): Form {
  const { onto = "", ahead = 0, behind = 0 } = event.ship ?? {};
  const words = `${plural(ahead, "commit")} of this session will follow the ${plural(behind, "new commit")} of ${spellOut(onto)}.`;
  return {
    fields: [h("p", { class: "ship-note" }, words)],
    submit: `Rebase on ${spellOut(onto)}`,
    working: "Rebasing",
    first: null,
    commands: () => [{ type: "rebase_branch", head: event.head ?? "" }],
  };
}

function pushForm(subject: Subject): Form {
  const { fields, target } = targetFields("push", subject);
  return {
    fields,
    submit: "Push",
    working: "Pushing",
    first: fields[0]?.querySelector<HTMLElement>("input, select") ?? null,
    commands: () => {
      const { remote, name } = target();
      return name ? [{ type: "push_branch", head: subject.event.head ?? "", remote, name }] : "A branch needs a name.";
    },
  };
}

function requestForm(subject: Subject): Form {
  const { fields, target } = targetFields("request", subject);
  const [first = "", ...rest] = subject.draft.split("\n");
  const title = h("input", { type: "text", dir: "auto", value: first });
  const body = h("textarea", { rows: "4", dir: "auto" });
  body.value = rest.join("\n").trim();
  return {
    fields: [label("Title", title), label("Description", body), ...fields],
    submit: "Push and open",
    working: "Pushing, then opening",
    first: title,
    commands: () => {
      const head = subject.event.head ?? "";
      const { remote, name } = target();
      if (!name || !title.value.trim()) return "A pull request needs a title and a branch.";
      const push: AnyCommand = { type: "push_branch", head, remote, name };
      // The push does nothing where the branch is there already.
      return [push, { type: "open_pull_request", head, remote, name, title: title.value.trim(), body: body.value }];
    },
  };
}

function targetFields(act: Act, { event }: Subject): { fields: HTMLElement[]; target: () => { remote: string; name: string } } {
  const remotes = event.ship ? remotesFor(act, event.ship) : [];
  const options = remotes.map(({ name, url = "" }) => h("option", { value: name }, `${name} · ${spellOut(url)}`));
  const remote = h("select", {}, ...options);
  const name = h("input", { type: "text", value: event.branch ?? "", spellcheck: "false", autocapitalize: "off" });
  return {
    fields: [label("Branch there", name), label("Remote", remote)],
    target: () => ({ remote: remote.value, name: name.value.trim() }),
  };
}

function label(words: string, field: HTMLElement): HTMLElement {
  return h("label", {}, h("span", {}, words), field);
}
