import type { AnyEvent, EventsFrame } from "../protocol.ts";

export type Admitted = AnyEvent[] | "old" | "hole";

/** The events of a frame that continue the log after `cursor`. */
export function admit(cursor: number, frame: EventsFrame): Admitted {
  if (frame.upTo <= cursor) return "old";
  if (frame.after > cursor) return "hole";
  if (frame.after === cursor) return frame.events;
  return frame.events.filter((event) => event.seq > cursor);
}
