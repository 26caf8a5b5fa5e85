/** Modules of ours that take the place of packages, in the page and in its tests. */
export const ALIAS = {
  // markdown-it asks it for what names of characters stand for, one at a time. Its table
  // is made for whole documents in any state, and is 16 kB gzipped; ours is 7 kB.
  entities: "./src/markdown/entities.ts",
};
