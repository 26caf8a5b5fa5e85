/** Modules of ours that take the place of packages, in the page and in its tests. */
export const ALIAS = {
  // markdown-it asks for what names of characters stand for, one at a time. The package's
  // table is made for whole documents in any state: 16 kB gzipped; ours is 7 kB.
  entities: "./src/markdown/parser/entities.ts",
  "uc.micro": "./src/markdown/parser/character_classes.ts",
  "punycode.js": "./src/markdown/parser/host_names.ts",
  // A layout of diagrams that is rarely asked for, and half of what draws them.
  "elkjs/lib/elk.bundled.js": "./src/diagram/no_elk.ts",
};
