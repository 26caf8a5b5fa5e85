// Reads a run by @ag-ui/client, and writes what it has of it as one line of JSON:
//   node read_run.mjs URL TOKEN THREAD PROMPT CUT_EVERY
//
// The client knows no Last-Event-ID. Its `fetch` is replaced by one that goes on behind the
// last message that has come, whenever the connection ends before the run does; it also ends
// the connection itself after CUT_EVERY messages.
import { createRequire } from "node:module";

const [modules, url, token, threadId, prompt, cutEvery] = process.argv.slice(2);
const { HttpAgent } = await import(
  createRequire(`${modules}/`).resolve("@ag-ui/client")
);
const encoder = new TextEncoder();
let cuts = 0;

/** Read whole messages of one response; returns true if its connection was cut. */
async function* messages(response) {
  const decoder = new TextDecoder();
  let text = "";
  for await (const bytes of response.body) {
    text += decoder.decode(bytes, { stream: true });
    const whole = text.split("\n\n");
    text = whole.pop();
    yield* whole;
  }
}

async function resuming(address, init) {
  const first = await fetch(address, init);
  if (!first.ok) return first;
  async function* body() {
    let response = first;
    let lastId = "";
    let isOver = false;
    while (!isOver) {
      let count = 0;
      try {
        for await (const message of messages(response)) {
          const id = /^id: (.*)$/m.exec(message);
          if (id) lastId = id[1];
          isOver = /"type":"RUN_(FINISHED|ERROR)"/.test(message);
          yield encoder.encode(`${message}\n\n`);
          count += 1;
          if (count === Number(cutEvery)) break;
        }
      } catch {
        // The server was killed.
      }
      if (isOver) return;
      cuts += 1;
      console.error(`cut ${cuts}`);
      response = await again(lastId);
    }
  }
  async function again(lastId) {
    const headers = { ...init.headers, "Last-Event-ID": lastId };
    for (;;) {
      try {
        const response = await fetch(address, { ...init, headers });
        if (response.ok) return response;
      } catch {
        // It is not back yet.
      }
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  return new Response(ReadableStream.from(body()), {
    headers: first.headers,
  });
}

const agent = new HttpAgent({
  url,
  threadId,
  headers: { Authorization: `Bearer ${token}` },
  fetch: resuming,
});
if (prompt) agent.addMessage({ id: "m1", role: "user", content: prompt });
const events = [];
await agent.runAgent({}, { onEvent: ({ event }) => void events.push(event) });
console.log(
  JSON.stringify({
    cuts,
    events,
    messages: agent.messages,
    interrupts: agent.pendingInterrupts,
    state: agent.state,
  }),
);
process.exit(0);
