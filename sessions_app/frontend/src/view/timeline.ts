import type { Row } from "../model/row.ts";
import type { Thread } from "../model/thread.ts";
import { h } from "./h.ts";
import { viewOf } from "./row/view_of.ts";
import type { RowView, Scene } from "./scene.ts";

/** The rows of one thread, in order. */
export class Timeline {
  readonly element: HTMLElement;
  /** An inactive timeline is not painted: nobody sees it. */
  active = true;
  private readonly thread: Thread;
  private readonly scene: Scene;
  private readonly views = new Map<Row, RowView>();

  constructor(thread: Thread, scene: Scene) {
    this.thread = thread;
    this.scene = scene;
    this.element = h("div", { class: "timeline", "data-session": thread.id });
    thread.reshaped = true;
  }

  /** Paint what changed while there is time; returns true when more is left. */
  paint(hasTime: () => boolean): boolean {
    if (!this.active) return false;
    if (this.thread.reshaped) this.reshape();
    for (const row of this.thread.touched) {
      if (!hasTime()) return true;
      this.thread.touched.delete(row);
      this.viewFor(row).update();
    }
    return false;
  }

  private reshape(): void {
    this.thread.reshaped = false;
    const rows = new Set(this.thread.rows);
    for (const [row, view] of this.views) {
      if (rows.has(row)) continue;
      view.element.remove();
      this.views.delete(row);
    }
    // Views are appended as their rows are painted: so rows without one in order.
    for (const row of this.thread.touched) {
      if (!this.views.has(row)) this.thread.touched.delete(row);
    }
    for (const row of rows) if (!this.views.has(row)) this.thread.touched.add(row);
  }

  private viewFor(row: Row): RowView {
    const known = this.views.get(row);
    if (known) return known;
    const view = viewOf(row, this.thread.id, this.scene);
    this.views.set(row, view);
    this.element.append(view.element);
    return view;
  }
}
