import assert from "node:assert/strict";
import { test } from "node:test";
import { ParkedPages } from "../../src/frame/parked_pages.ts";
import { SeenSessions } from "../../src/browser/seen_sessions.ts";
import { SessionOrder } from "../../src/view/session_list/session_order.ts";
import type { SessionSummary } from "../../src/protocol.ts";

function row(id: string, changes: Partial<SessionSummary> = {}): SessionSummary {
  return {
    id,
    parent: null,
    root: changes.root ?? id,
    title: id,
    status: "completed",
    model: "",
    engine: { name: "claude", label: "Claude", isSimulated: false, isFollowed: false },
    owner: "",
    head: 10,
    costUsd: null,
    createdMs: 0,
    updatedMs: 0,
    waitingMessages: [],
    asks: 0,
    tags: [],
    isArchived: false,
    ...changes,
  } as SessionSummary;
}

/** A storage in memory, shared by the tabs of one browser. */
class MemoryStorage {
  private readonly values = new Map<string, string>();
  isFull = false;
  getItem(name: string): string | null {
    return this.values.get(name) ?? null;
  }
  setItem(name: string, value: string): void {
    if (this.isFull) throw new DOMException("full", "QuotaExceededError");
    this.values.set(name, value);
  }
}

test("sessions that wait come first, then those at work, then what was changed last", () => {
  const order = new SessionOrder();
  order.listed([
    row("old", { updatedMs: 1 }),
    row("recent", { updatedMs: 9 }),
    row("second", { status: "running", createdMs: 2, updatedMs: 99 }),
    row("third", { status: "running", createdMs: 3, updatedMs: 50 }),
    row("asking", { status: "waiting" }),
  ]);
  const ids = (): string[] => order.sessions().map(({ summary }) => summary.id);
  assert.deepEqual(ids(), ["asking", "third", "second", "recent", "old"]);
  order.listed([row("agent", { parent: "old", root: "old", status: "waiting", asks: 2 })]);
  assert.deepEqual(ids().slice(0, 2), ["old", "asking"]); // its sub-agent asks
  assert.equal(order.sessions()[0]?.asks, 2);
  assert.equal(order.rootOf("agent"), "old");
  order.listed([row("recent", { isArchived: true })]);
  assert.ok(!ids().includes("recent"));
});

test("a session is unread when its head has grown since it was seen, in any tab", () => {
  const storage = new MemoryStorage() as unknown as Storage;
  const [here, there] = [new SeenSessions("1", storage), new SeenSessions("1", storage)];
  assert.ok(!here.isUnread(row("before", { updatedMs: 1 }))); // this browser was not used then
  assert.ok(here.isUnread(row("new", { updatedMs: Date.now() + 1_000 })));
  here.see("new", 10);
  there.read();
  assert.ok(!there.isUnread(row("new", { head: 10 })));
  assert.ok(there.isUnread(row("new", { head: 11 })));
  there.see("new", 5); // an earlier look takes nothing back
  assert.ok(!there.isUnread(row("new", { head: 10 })));
  for (let n = 0; n < 400; n += 1) here.see(`s${n}`, 1);
  const kept = JSON.parse(storage.getItem("ringside seen 1") ?? "") as { heads: unknown[] };
  assert.equal(kept.heads.length, 300);
});

test("a look is remembered with its time, and with a full storage as long as the tab", () => {
  const memory = new MemoryStorage();
  memory.setItem("ringside seen 1", JSON.stringify({ sinceMs: 0, heads: [["old", 7]] }));
  const seen = new SeenSessions("1", memory as unknown as Storage);
  assert.deepEqual(seen.last("old"), { seq: 7, atMs: 0 }); // as former versions stored it
  const before = Date.now();
  seen.leave("old", 5); // what was seen once is not taken back, only its time is new
  assert.equal(seen.last("old")?.seq, 7);
  assert.ok((seen.last("old")?.atMs ?? 0) >= before);
  memory.isFull = true;
  seen.see("new", 3);
  assert.ok(!seen.isUnread(row("new", { head: 3 })));
  seen.see("newer", 4);
  assert.ok(!seen.isUnread(row("new", { head: 3 })));
  assert.equal(seen.last("gone"), null);
});

test("the page that was left longest ago is released, and a page taken out is not", () => {
  const parked = new ParkedPages<{ key: string; release(): void }>();
  const released: string[] = [];
  const page = (key: string) => ({ key, release: () => void released.push(key) });
  for (const key of "abcdef") parked.add(page(key));
  assert.deepEqual(released, []);
  const a = parked.take("a");
  assert.ok(a);
  parked.add(page("g"));
  parked.add(a); // left again: now it is the latest
  assert.deepEqual(released, ["b"]);
  assert.equal(parked.take("b"), null);
});
