// The tests run what the page runs: packages are replaced as its build replaces them.
import { registerHooks } from "node:module";
import { ALIAS } from "../alias.ts";

const ours = new Map(
  Object.entries(ALIAS).map(([name, path]) => [name, new URL(`../${path}`, import.meta.url).href]),
);

registerHooks({
  resolve: (name, context, next) => next(ours.get(name) ?? name, context),
});

// Node has no DOMParser: for references to characters this one says what browsers say.
const { decodeHTML } = (await import(
  new URL("../node_modules/entities/dist/index.js", import.meta.url).href
)) as { decodeHTML(html: string): string };

Object.defineProperty(globalThis, "DOMParser", {
  value: class {
    parseFromString(html: string): { body: { textContent: string } } {
      return { body: { textContent: decodeHTML(html) } };
    }
  },
});
