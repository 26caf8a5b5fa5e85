// Endings of names that are not the name of their language, or an alias of it.
const LANGUAGES: ReadonlyMap<string, string> = new Map([
  ["h", "c"],
  ["hpp", "cpp"],
  ["cfg", "ini"],
  ["conf", "ini"],
  ["lock", "ini"],
  ["mjs", "javascript"],
  ["cjs", "javascript"],
  ["mts", "typescript"],
  ["cts", "typescript"],
  ["pyi", "python"],
  ["svelte", "xml"],
  ["vue", "xml"],
  ["env", "bash"],
]);
const NAMES: ReadonlyMap<string, string> = new Map([
  ["Makefile", "makefile"],
  ["Dockerfile", "dockerfile"],
]);

/** The highlighter's language for a file name; "" if unknown. */
export function languageOf(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  const ending = dot >= 0 ? name.slice(dot + 1).toLowerCase() : "";
  return NAMES.get(name) ?? LANGUAGES.get(ending) ?? ending;
}
