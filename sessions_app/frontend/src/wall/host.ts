import type { Flush, Loop } from "../browser/loop.ts";
import type { PageScope } from "../browser/page_scope.ts";
import type { Listener } from "../link/link.ts";
import type { Roster } from "../link/roster.ts";
import type { Socket } from "../link/socket.ts";

/** What the bundle of the wall gets from the page, so that no code is in both. */
export interface WallHost {
  readonly main: HTMLElement;
  readonly roster: Roster;
  readonly scope: PageScope;
  makeLoop(flush: Flush): Loop;
  makeSocket(listener: Listener, loop: Loop): Socket;
}
