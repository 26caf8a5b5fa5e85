import { SERVICE_WORKER, trustedScripts } from "./trusted_scripts.ts";

/** Have the browser keep the page that it is to show where the server cannot be reached. */
export function keepOfflinePage(): void {
  if (!("serviceWorker" in navigator)) return; // not on origins that are not secure
  addEventListener("load", () => void register());
}

async function register(): Promise<void> {
  try {
    await navigator.serviceWorker.register(trustedScripts.createScriptURL(SERVICE_WORKER));
  } catch (error) {
    // A browser may be told to have none; it shows its own page then.
    if (!(error instanceof DOMException || error instanceof TypeError)) throw error;
  }
}
