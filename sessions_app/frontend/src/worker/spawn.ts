import type { WorkerLike } from "./client.ts";

interface Policies {
  createPolicy(name: string, rules: { createScriptURL(url: string): string }): Policy;
}

interface Policy {
  createScriptURL(url: string): string; // in truth a TrustedScriptURL
}

/** Make what starts workers; to be called once, as a policy can be made only once. */
export function workerSpawner(): () => WorkerLike {
  const url = new URL("./worker.js", import.meta.url).href;
  const policies = "trustedTypes" in window ? (window.trustedTypes as Policies) : null;
  // With Trusted Types a worker starts only from a URL that a policy has passed.
  const policy = policies?.createPolicy("ringside", { createScriptURL: () => url });
  return () => new Worker(policy?.createScriptURL(url) ?? url, { type: "module" });
}
