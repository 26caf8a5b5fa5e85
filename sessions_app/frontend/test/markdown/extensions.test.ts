import assert from "node:assert/strict";
import { test } from "node:test";
import { join } from "../../src/markdown/part.ts";
import { parse } from "../../src/markdown/parser/parser.ts";
import { MarkdownStream } from "../../src/markdown/stream.ts";
import { treeOf } from "../../src/markdown/tree.ts";
import type { VNode } from "../../src/markdown/vnode.ts";

/** The document as HTML that is short enough to read. */
function html(nodes: readonly VNode[]): string {
  return nodes
    .map((node) => {
      if (typeof node === "string") return node;
      const name = node.attrs["class"] ? `${node.tag}.${node.attrs["class"]}` : node.tag;
      return `<${name}>${html(node.children)}</>`;
    })
    .join("");
}

function textOf(nodes: readonly VNode[]): string {
  return nodes.map((node) => (typeof node === "string" ? node : textOf(node.children))).join("");
}

function shown(text: string): string {
  return html(treeOf(parse(text, {})));
}

test("formulas keep every character, in any of their signs", () => {
  for (const math of ["\\(E = mc^2\\)", "\\[a_1 * b_1 \\]", "$a*b*c$", "$$\\frac{a}{b}\n = c$$", "$\\alpha_1 + \\beta_1$"]) {
    assert.equal(shown(`so ${math} it is`), `<p>so <span.math>${math}</> it is</>`);
  }
});

test("formulas are found in every form that agents write", () => {
  const formulas = [
    ...["\\(E\\)", "\\(2n\\)", "\\(a-b\\)", "\\(x, y\\)", "\\(O(n log n)\\)", "\\(\\sin x\\)", "\\(n_max\\)", "\\(area = ab\\)"],
    ...["\\[ x \\]", "\\[\nx + y\n\\]", "\\[ E = mc \\]", "\\[a^2-b^2\\]", "\\[\\nabla f\\]", "\\[\\sum_{i=a-b} i\\]", "\\[\\alpha\\]"],
    ...["$n$", "$a-b$"],
  ];
  for (const math of formulas) {
    assert.equal(shown(`so ${math} it is`), `<p>so <span.math>${math}</> it is</>`);
  }
  assert.equal(shown("the $n$th of $k$s"), "<p>the <span.math>$n$</>th of <span.math>$k$</>s</>");
});

test("brackets that somebody has escaped are brackets", () => {
  const texts = [
    ...["Program Files \\(x86\\)", "\\(optional\\)", "argument\\(s\\)", "\\(see below\\)", "\\(foo\\|bar\\)", "\\(max_tokens\\)"],
    ...["\\[a-z\\]", "\\[^a-z\\]", "\\[A-Za-z_\\]", "\\[0-9\\]+", "\\[\\w.-\\]", "\\[\\d\\]", "\\([a-z]*\\)", "\\(необязательно\\)"],
    ...["\\[1\\]", "\\[x\\] done", "\\[ \\] open", "\\[WIP\\] title", "\\[--option=value\\]", "\\[link\\](there)"],
  ];
  for (const text of texts) assert.ok(!shown(text).includes("math"), shown(text));
  assert.equal(shown("in \\(x86\\), \\[a-z\\]"), "<p>in (x86), [a-z]</>");
});

test("variables of a shell are no formulas", () => {
  for (const text of ["$HOME/bin:$PATH", "${A}/${B}", "$(pwd)/$(date)", "$i+$j", "$foo->$bar", "CA$5,US$6"]) {
    assert.ok(!shown(text).includes("math"), shown(text));
  }
});

test("money is no formula", () => {
  for (const text of ["from $5 to $10", "costs $5, or $ 6", "a $HOME and a $PATH here"]) {
    assert.ok(!shown(text).includes("math"), shown(text));
  }
});

test("emphasis stands beside full-width punctuation", () => {
  for (const text of ["**重要。**次に", "これは**「太字」**です", "**注意：**请看", "한국어**(강조)**입니다"]) {
    assert.match(shown(text), /<strong>/, text);
  }
  assert.equal(shown("a**b**c"), "<p>a<strong>b</>c</>");
  assert.equal(shown("a ** b ** c"), "<p>a ** b ** c</>");
});

test("a quote with a sign is an alert", () => {
  assert.equal(
    shown("> [!WARNING]\n> Take *care*.\n>\n> More."),
    "<blockquote.alert alert-warning><p.alert-title>Warning</><p>Take <em>care</>.</><p>More.</></>",
  );
  assert.equal(shown("> [!NOPE]\n> x"), "<blockquote><p>[!NOPE]\nx</></>");
});

test("footnotes are neither links nor gone", () => {
  assert.equal(shown("So[^1].\n\n[^1]: Source."), "<p>So<sup>1</>.</><p><sup>1</> Source.</>");
  assert.equal(shown("[^a]: one\ntwo\n\nthree"), "<p><sup>a</> one\ntwo</><p>three</>");
});

test("line breaks and keys are what they mean, other HTML is text", () => {
  assert.equal(shown("a<br>b<br/>c"), "<p>a<br></>b<br></>c</>");
  assert.equal(shown("press <kbd>Ctrl</kbd>, H<sub>2</sub>O"), "<p>press <kbd>Ctrl</>, H<sub>2</>O</>");
  assert.equal(shown("<script>x</script> <kbd>open"), "<p><script>x</script> <kbd>open</>");
});

test("details fold what is between their tags, at any depth, and in lists and quotes", () => {
  const inside = "<details><summary>More <em>here</></><p>inside</></>";
  assert.equal(shown("<details>\n<summary>More *here*</summary>\n\ninside\n\n</details>\n\nafter"), `${inside}<p>after</>`);
  assert.equal(shown("<details><summary>More *here*</summary>\ninside\n</details>\nafter"), `${inside}<p>after</>`);
  assert.equal(shown("<details>\n<summary>\nMore *here*\n</summary>\ninside"), inside);
  assert.equal(shown("- <details>\n  <summary>More *here*</summary>\n\n  inside\n- b"), `<ul><li>${inside}</><li>b</></>`);
  assert.equal(shown("> <details><summary>More *here*</summary>\n> inside"), `<blockquote>${inside}</>`);
  const outer = shown("<details>\n\n<details>\n<summary>More *here*</summary>\ninside\n</details>\n</details>\n");
  assert.equal(outer, `<details><summary>Details</>${inside}</>`);
  assert.equal(shown("<details>x\n</details>"), "<p><details>x</><p></>");
});

test("an end tag in code ends no details", () => {
  assert.equal(
    shown("<details>\n\n```\n</details>\n```\n\n</details>\n\nafter").replace(/<pre>.*<code>/, "<code>"),
    "<details><summary>Details</><code></details>\n</></></><p>after</>",
  );
});

test("no tag that folds flashes while it comes", () => {
  const stream = new MarkdownStream();
  const text = "So:\n<details>\n<summary>More</summary>\n\ninside\n\n</details>\n";
  for (const letter of text) {
    stream.push(letter);
assert.ok(!textOf(join(stream.parts)).includes("<"), html(join(stream.parts)));
  }
});

test("an address that begins with www is a link", () => {
  const nodes = treeOf(parse("see www.example.com/a_b.", {}));
  assert.equal(html(nodes), "<p>see <a>www.example.com/a_b</>.</>");
  const [p] = nodes;
  const link = typeof p === "object" ? p.children[1] : "";
  assert.equal(typeof link === "object" && link.attrs["href"], "http://www.example.com/a_b");
  assert.ok(!shown("see example.py and README.md").includes("<a>"));
});

test("a paragraph is no heading while a list begins below it", () => {
  const stream = new MarkdownStream();
  for (const letter of "Three things:\n- one\n- two\n") {
    stream.push(letter);
    assert.ok(!html(join(stream.parts)).includes("<h2>"), html(join(stream.parts)));
  }
  stream.end("Three things:\n- one\n- two\n");
  assert.equal(html(join(stream.parts)), "<p>Three things:</><ul><li>one</><li>two</></>");
});
