import type { AnyCommand } from "./protocol.ts";

/** Send a command to a session's runner; returns what went wrong, or null. */
export async function sendCommand(
  session: string,
  command: AnyCommand,
  key: string = newKey(),
): Promise<string | null> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  try {
    const answer = await fetch(`/sessions/${encodeURIComponent(session)}/commands`, {
      method: "POST",
      headers: {
        "Content-Type": "application/json",
        "X-CSRFToken": token?.content ?? "",
        "Idempotency-Key": key,
      },
      body: JSON.stringify(command),
    });
    return answer.ok ? null : await complaint(answer);
  } catch {
    return "The server did not answer. Nothing is lost: try again.";
  }
}

/** A name for one wish: sent again with it, the wish is granted once. */
export function newKey(): string {
  // randomUUID exists only on secure origins; a LAN address over http is none.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function complaint(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said === "object" && said && "error" in said) return `${said.error}`;
  } catch {
    // Not JSON: a proxy's page, or Django's own.
  }
  return `The server refused this (${answer.status}). Reload the page and try again.`;
}
