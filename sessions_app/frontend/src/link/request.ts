import { readMessage } from "../json/lossless.ts";

/** The result of a request: its value, or a problem to show. */
export type Answered<T> = { value: T; problem: null } | { value: null; problem: string };

type Method = "GET" | "POST" | "PUT" | "DELETE";

/** Send a request to the server with the CSRF token; never throws. */
export async function request<T>(
  method: Method,
  path: string,
  headers: Record<string, string> = {},
  body: string | null = null,
): Promise<Answered<T>> {
  const token = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]');
  const csrf = { "X-CSRFToken": token?.content ?? "" };
  try {
    const answer = await fetch(path, { method, headers: { ...csrf, ...headers }, body });
    if (!answer.ok) return { value: null, problem: await complaint(answer) };
    const text = await answer.text();
    return { value: (text ? readMessage(text) : null) as T, problem: null };
  } catch {
    return { value: null, problem: "The server did not answer. Nothing is lost: try again." };
  }
}

/** A new idempotency key: the server carries out a command once per key. */
export function newKey(): string {
  // randomUUID exists only on secure origins; a LAN address over http is none.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function complaint(answer: Response): Promise<string> {
  const text = await answer.text();
  try {
    const said: unknown = JSON.parse(text);
    if (typeof said === "object" && said) {
      if ("detail" in said) return `${said.detail}`; // of the API
      if ("error" in said) return `${said.error}`;
    }
  } catch {
    // Not JSON: an error page of a proxy or of Django.
  }
  if (answer.status === 413) return "This is too large for the server. Send less at once.";
  return `The server refused this (${answer.status}). Reload the page and try again.`;
}
