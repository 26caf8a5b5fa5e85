import { trusted } from "../browser/trusted.ts";
import type { WorkerLike } from "./client.ts";

/** Starts the worker of the page. */
export function spawnWorker(): WorkerLike {
  return new Worker(trusted.createScriptURL(""), { type: "module" });
}
