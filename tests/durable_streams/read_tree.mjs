// Reads a session and its sub-agents, live, by @durable-streams/client:
//   node read_tree.mjs MODULES URL TOKEN SESSION
// and prints a line for each event, "session seq". The main session is read as Server-Sent
// Events, sub-agents by long polls. Where the client gives up, it is started again from
// the offset of its last batch.
import { createRequire } from "node:module";

const [modules, url, token, root] = process.argv.slice(2);
const { stream } = await import(
  createRequire(`${modules}/`).resolve("@durable-streams/client")
);
const backoffOptions = { initialDelay: 50, maxDelay: 200, multiplier: 2 };
const begun = new Set();

function take(event) {
  console.log(`${event.sessionId} ${event.seq}`);
  if (event.type === "agent_spawn") void follow(event.childId, "long-poll");
}

async function follow(session, live) {
  if (begun.has(session)) return;
  begun.add(session);
  let offset = "-1";
  for (;;) {
    try {
      const response = await stream({
        url: `${url}/api/v1/stream/${session}`,
        headers: { Authorization: `Bearer ${token}` },
        offset,
        live,
        backoffOptions,
        warnOnHttp: false,
      });
      response.subscribeJson(async (batch) => {
        batch.items.forEach(take);
        offset = batch.offset;
      });
      await response.closed;
    } catch (error) {
      console.error(`${session}: ${error}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

await follow(root, "sse");
