import { sendCommand } from "../../link/command.ts";
import { Drafts } from "../../browser/drafts.ts";
import { plural } from "../format.ts";
import { askOf, emptyTool } from "../../model/fold/fold_tool.ts";
import type { Row, ToolRow } from "../../model/row.ts";
import { withDetails } from "../../model/tool_details.ts";
import type { ApprovalRequestEvent } from "../../protocol.ts";
import { Highlighter } from "../../paint/highlighter.ts";
import { spellOut } from "../../text/spelled.ts";
import { AskGroup } from "./ask_group.ts";
import type { GroupedCard } from "./ask_group.ts";
import { AskInput } from "./ask_input.ts";
import { h, setText } from "../h.ts";
import { timeView } from "../time_view.ts";
import type { WorkerClient } from "../../worker/client.ts";
import type { RowUi } from "../view_context.ts";
import { ApprovalBar } from "../approval/approval_bar.ts";
import type { Asker } from "../approval/approval_bar.ts";
import { PlanPart, planOf } from "../approval/plan_part.ts";
import { presentationOf } from "../presentation/presentation.ts";
import { toolName } from "../presentation/tool_name.ts";

export interface InboxItem {
  session: string;
  title: string;
  root: string;
  rootTitle: string;
  /** Of the main session. */
  workdir: string;
  owner: string;
  canControl: boolean;
  request: ApprovalRequestEvent;
}

export interface Inbox {
  asks: InboxItem[];
  total: number;
}

interface Card extends GroupedCard {
  readonly item: InboxItem;
  readonly drawn: Promise<void>;
}

/** The cards of the inbox, one for each tool call that waits. */
export class AskCards {
  private readonly root: HTMLElement;
  private readonly list: HTMLElement;
  private readonly worker: WorkerClient;
  private readonly answered: () => void;
  private readonly cards = new Map<string, HTMLElement>();
  private readonly groups = new Map<string, AskGroup>(); // by main session

  /** `answered` is called after an answer was sent from a card. */
  constructor(root: HTMLElement, worker: WorkerClient, answered: () => void) {
    this.root = root;
    this.worker = worker;
    this.answered = answered;
    this.list = root.querySelector<HTMLElement>(".asks-list") ?? root;
  }

  has(session: string): boolean {
    return this.list.querySelector(`[data-session="${CSS.escape(session)}"]`) !== null;
  }

  /** Show what waits now; a card that stays keeps what was typed in it. */
  show({ asks, total }: Inbox): void {
    const wanted = new Set(asks.map(nameOf));
    const hadFocus = this.list.contains(document.activeElement);
    for (const [name, card] of this.cards) {
      if (wanted.has(name) || this.isRefused(name, card)) continue;
      card.remove();
      this.cards.delete(name);
    }
    const fresh = asks.filter((item) => !this.cards.has(nameOf(item)));
    void this.append(fresh.map((item) => this.make(item)));
    this.tidy();
    // The focused card has gone: the next one takes its place.
    if (hadFocus && !this.list.contains(document.activeElement)) {
      this.list.querySelector<HTMLElement>(".approval.open")?.focus();
    }
    this.say(asks.length, total);
  }

  private make(item: InboxItem): Card {
    const card = cardOf(item, this.worker, this.answered, () => this.groups.get(item.root)?.changed());
    this.cards.set(nameOf(item), card.element);
    return card;
  }

  /** An answer given here was refused: its card says why until a person closes it. */
  private isRefused(name: string, card: HTMLElement): boolean {
    const problem = card.querySelector<HTMLElement>(".approval > .problem");
    if (!problem || problem.hidden) return false;
    if (card.classList.contains("over")) return true;
    card.classList.add("over");
    const close = h("button", { type: "button", class: "plain" }, "Close");
    close.addEventListener("click", () => {
      card.remove();
      this.cards.delete(name);
      this.tidy();
    });
    card.querySelector(".approval > .buttons")?.replaceWith(close);
    card.querySelector(".approval")?.classList.remove("open");
    return true;
  }

  /** Append cards once all are drawn, so that no button moves under the pointer. */
  private async append(made: Card[]): Promise<void> {
    await Promise.all(made.map(({ drawn }) => drawn));
    const here = new Set(this.cards.values());
    for (const card of made) if (here.has(card.element)) this.groupOf(card.item).add(card);
  }

  private groupOf({ root, rootTitle, workdir, owner }: InboxItem): AskGroup {
    const known = this.groups.get(root);
    if (known) return known;
    const group = new AskGroup(root, rootTitle, workdir, owner);
    this.groups.set(root, group);
    this.list.append(group.element);
    return group;
  }

  private tidy(): void {
    for (const [root, group] of this.groups) {
      if (!group.isEmpty) {
        group.changed();
        continue;
      }
      group.element.remove();
      this.groups.delete(root);
    }
  }

  private say(shown: number, total: number): void {
    const slot = (name: string) => this.root.querySelector<HTMLElement>(`[data-slot=${name}]`);
    const [empty, rest, announcer] = [slot("empty"), slot("rest"), slot("announcer")];
    if (empty) empty.hidden = total > 0;
    if (rest) {
      rest.hidden = total <= shown;
      setText(rest, `${plural(total - shown, "more question")} after these.`);
    }
    const words = total ? `${plural(total, "question")} wait${total === 1 ? "s" : ""}.` : "";
    if (announcer) setText(announcer, words || "Nothing waits.");
  }
}

function nameOf({ session, request }: InboxItem): string {
  return `${session} ${request.toolUseId}`;
}

function cardOf(item: InboxItem, worker: WorkerClient, answered: () => void, changed: () => void): Card {
  const { session, root, request } = item;
  const row: ToolRow = {
    ...emptyTool(request),
    toolUseId: request.toolUseId,
    tool: request.tool,
    input: request.input,
    details: withDetails(null, request),
    ask: askOf(request),
  };
  const path = `/sessions/${encodeURIComponent(root)}/#e${session === root ? request.seq : ""}`;
  const update = (): void => {
    bar.update();
    changed();
  };
  const input = new AskInput(request, worker, update, () => location.assign(path));
  const asker = askerOf(item, worker, answered, update);
  const bar = new ApprovalBar(row, session, asker, () => input.unseen);
  void input.drawn.then(() => bar.update());
  const under = session === root ? [] : ["Sub-agent ", h("bdi", {}, item.title), " "];
  const where = h("a", { href: path, "aria-label": "Show it in the session" }, "in the session");
  const title = h("code", { class: "ask-title", dir: "ltr" }, spellOut(presentationOf(row).title(request.input)));
  const card = h(
    "li",
    { class: "ask-card", "data-session": session },
    h("p", { class: "ask-where" }, ...under, where, timeView(request.ts)),
    h("p", { class: "ask-what" }, h("strong", {}, spellOut(toolName(row))), " ", title),
  );
  const plan = planElement(row, worker);
  card.append(input.element, ...(plan ? [plan] : []), bar.element);
  return { item, element: card, bar, drawn: input.drawn };
}

/** The plan that is to be agreed to, all of it. */
function planElement(row: ToolRow, worker: WorkerClient): HTMLElement | null {
  const pieces = new PlanPart(new Highlighter(worker)).pieces(planOf(row));
  if (pieces.length === 0) return null;
  const box = h("div", { class: "given given-plan", tabindex: "0", role: "group", "aria-label": "Plan" });
  for (const piece of pieces) {
    const view = piece.mount();
    view.update();
    box.append(view.element);
  }
  return box;
}

function askerOf(item: InboxItem, worker: WorkerClient, answered: () => void, changed: () => void): Asker {
  const ui: RowUi = { toggles: new Map(), scrolls: new Map(), drafts: new Drafts(item.session, `${item.request.seq}`), refusal: "" };
  return {
    canControl: item.canControl,
    worker,
    changed,
    ui: (_session: string, _row: Row) => ui,
    send: async (session, command) => {
      const problem = await sendCommand(session, command);
      answered();
      return problem;
    },
  };
}
