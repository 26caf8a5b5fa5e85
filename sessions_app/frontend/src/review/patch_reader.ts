import type { ChangedPath } from "../protocol.ts";
import type { WorkerClient } from "../worker/client.ts";
import type { DiffLine } from "../worker/diff.ts";
import { patchLines } from "../worker/patch.ts";

/** The lines of a patch, or why there are none. */
export type PatchRead = { lines: readonly DiffLine[]; problem: "" } | { lines: null; problem: string };

/** Reads the patches of files, each a part of an output, and has the worker take them apart. */
export class PatchReader {
  private readonly session: string;
  private readonly worker: WorkerClient;

  constructor(session: string, worker: WorkerClient) {
    this.session = session;
    this.worker = worker;
  }

  async read(file: ChangedPath): Promise<PatchRead> {
    if (!file.outputId) return { lines: null, problem: "Its difference is too large to be kept." };
    const patch = await this.text(file.outputId, file.offset ?? 0, file.bytes ?? 0);
    if (patch === null) return { lines: null, problem: "Its difference cannot be read now." };
    // Without an answer the worker took too long, over the changed words.
    const lines = await this.worker.ask({ kind: "patch", patch });
    return { lines: lines ?? patchLines(patch, (hunk) => hunk), problem: "" };
  }

  /** Read a part of an output, page by page; null if the server does not give it. */
  private async text(outputId: string, offset: number, bytes: number): Promise<string | null> {
    const path = `/sessions/${encodeURIComponent(this.session)}/outputs/${encodeURIComponent(outputId)}`;
    const decoder = new TextDecoder();
    let text = "";
    for (let at = offset; at < offset + bytes; ) {
      const page = await pageOf(`${path}?offset=${at}&limit=${offset + bytes - at}`);
      if (!page || page.byteLength === 0) return null;
      text += decoder.decode(page, { stream: true });
      at += page.byteLength;
    }
    return text + decoder.decode();
  }
}

async function pageOf(url: string): Promise<ArrayBuffer | null> {
  try {
    const answer = await fetch(url);
    return answer.ok ? await answer.arrayBuffer() : null;
  } catch {
    return null; // the server did not answer
  }
}
