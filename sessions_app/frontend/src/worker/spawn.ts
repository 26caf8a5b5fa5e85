import { trustedScripts } from "../browser/trusted_scripts.ts";
import type { WorkerLike } from "./client.ts";

/** Starts the worker of the page. */
export function spawnWorker(): WorkerLike {
  return new Worker(trustedScripts.createScriptURL(""), { type: "module" });
}
