import type { Row } from "../model/row.ts";
import type { Scene } from "./scene.ts";
import type { Path } from "./timeline.ts";

// As their shapes name them.
const PARTS = { tool: "card", thinking: "thinking", opaque: "raw", unknown: "raw" } as const;

/** Unfold all that a row is hidden in: runs of calls, sub-agents; with `isOpen` itself too. */
export function unfold(scene: Scene, session: string, row: Row, isOpen = false): Path {
  const path = [{ session, row }];
  const seen = new Set([session]);
  let above = scene.model.spawner(session);
  while (above && !seen.has(above.thread.id)) {
    const { thread, row: call } = above;
    seen.add(thread.id);
    scene.toggle(thread.id, call, "card", true);
    path.unshift({ session: thread.id, row: call });
    above = scene.model.spawner(thread.id);
  }
  const part = PARTS[row.kind as keyof typeof PARTS];
  if (isOpen && part) scene.toggle(session, row, part, true);
  for (const step of path) unfoldRun(scene, step.session, step.row);
  return path;
}

function unfoldRun(scene: Scene, session: string, row: Row): void {
  if (row.kind !== "tool" || !row.run) return;
  const first = row.run.rows[0] ?? row;
  if (scene.ui(session, first).toggles.get("run") === true) return;
  scene.toggle(session, first, "run", true);
  for (const each of row.run.rows) scene.changed(session, each);
}
