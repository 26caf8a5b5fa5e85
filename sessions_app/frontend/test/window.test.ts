import assert from "node:assert/strict";
import { test } from "node:test";
import { Fenwick } from "../src/window/fenwick.ts";
import { Node } from "../src/window/node.ts";
import { random } from "./log.ts";

const ROUNDS = 200;

/** The naive one: leaves in a row, sums by adding up. */
function leavesOf(node: Node): Node[] {
  return node.isLeaf ? [node] : node.nodes.flatMap(leavesOf);
}

function linearAt(leaves: Node[], y: number): Node | null {
  let top = 0;
  for (const leaf of leaves) {
    top += leaf.height;
    if (top > y) return leaf;
  }
  return leaves.at(-1) ?? null;
}

function heightOf(leaves: Node[]): number {
  return leaves.reduce((sum, leaf) => sum + leaf.height, 0);
}

function whole(next: () => number, below: number): number {
  return Math.floor(next() * below);
}

/** Do something at random to a random node of a tree. */
function change(root: Node, next: () => number): void {
  let at = root;
  while (at.nodes.length > 0 && next() < 0.7) at = at.nodes[whole(next, at.nodes.length)] ?? at;
  const some = (): Node[] => Array.from({ length: whole(next, 4) }, () => new Node(whole(next, 90)));
  const act = next();
  if (at.isLeaf && act < 0.5) at.resize(whole(next, 200));
  else if (at !== root && !at.isLeaf && act < 0.1) at.close();
  else if (act < 0.3) at.prepend(some());
  else if (act < 0.6) at.append(new Node(whole(next, 90)));
  else at.replace(whole(next, at.nodes.length + 1), some());
}

test("a Fenwick tree says what adding up says", () => {
  const next = random(11);
  for (let round = 0; round < ROUNDS; round += 1) {
    const fenwick = new Fenwick();
    const plain: number[] = [];
    for (let step = 0; step < 60; step += 1) {
      const act = next();
      if (act < 0.6 || plain.length === 0) {
        const value = whole(next, 50);
        fenwick.push(value);
        plain.push(value);
      } else if (act < 0.9) {
        const at = whole(next, plain.length);
        plain[at] = whole(next, 50);
        fenwick.set(at, plain[at]);
      } else {
        plain.length = whole(next, plain.length + 1);
        fenwick.truncate(plain.length);
      }
      const sums = plain.map((_, i) => plain.slice(0, i + 1).reduce((a, b) => a + b, 0));
      assert.deepEqual(plain.map((_, i) => fenwick.before(i + 1)), sums);
      const y = whole(next, (sums.at(-1) ?? 0) + 20);
      const found = sums.findIndex((sum) => sum > y);
      assert.equal(fenwick.find(y), found < 0 ? plain.length : found);
    }
  }
});

test("a tree of any shape has the leaves and the places of a linear list", () => {
  const next = random(12);
  for (let round = 0; round < ROUNDS; round += 1) {
    const root = new Node(0);
    root.replace(0, []);
    for (let step = 0; step < 30; step += 1) {
      change(root, next);
      const leaves = leavesOf(root);
      assert.equal(root.height, heightOf(leaves));
      assert.equal(root.first(), leaves[0] ?? null);
      assert.equal(root.last(), leaves.at(-1) ?? null);
      leaves.forEach((leaf, i) => {
        assert.equal(leaf.next(), leaves[i + 1] ?? null);
        assert.equal(leaf.previous(), leaves[i - 1] ?? null);
        assert.equal(leaf.topIn(root), heightOf(leaves.slice(0, i)));
        assert.ok(leaf.isIn(root));
      });
      const y = whole(next, root.height + 20);
      assert.equal(root.leafAt(y), linearAt(leaves, y));
    }
  }
});

test("what was taken out of a tree knows that", () => {
  const root = new Node(0);
  const [kept, gone, within] = [new Node(10), new Node(20), new Node(30)];
  root.replace(0, [kept, gone]);
  gone.append(within);
  root.replace(1, []);
  assert.ok(kept.isIn(root));
  assert.ok(!within.isIn(root));
  assert.equal(root.height, 10);
});
