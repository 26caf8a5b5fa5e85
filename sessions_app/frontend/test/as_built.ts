// The tests run what the page runs: packages are replaced as its build replaces them.
import { registerHooks } from "node:module";
import { ALIAS } from "../alias.ts";

const ours = new Map(
  Object.entries(ALIAS).map(([name, path]) => [name, new URL(`../${path}`, import.meta.url).href]),
);

registerHooks({
  resolve: (name, context, next) => next(ours.get(name) ?? name, context),
});
