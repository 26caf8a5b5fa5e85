import type { Diagrams } from "../diagram/diagrams.ts";

type Bundle = typeof import("../diagram/diagrams.ts");

/** Load what draws a block's diagrams, the first time that somebody asks; null: the server is away. */
export async function newDiagrams(): Promise<Diagrams | null> {
  try {
    const bundle = (await import(new URL("./drawing.js", import.meta.url).href)) as Bundle;
    return new bundle.Diagrams();
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return null;
  }
}
