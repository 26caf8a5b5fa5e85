import type { Highlighter } from "../../paint/highlighter.ts";
import type { ContentBlock } from "../../protocol.ts";
import { spellOut } from "../../text/spelled.ts";
import { h, setText } from "../h.ts";
import type { Piece, PieceView } from "../view_context.ts";
import { CodeBlock } from "../code/code_block.ts";
import { linesOf } from "../code/line.ts";

const IMAGE_PX = 260; // its height: known before it is read, so that nothing moves

/** What a result or a message holds beside its text: images and resources. */
export class ContentPart {
  private readonly session: string;
  private readonly highlighter: Highlighter;
  private readonly className: string;
  private blocks: readonly ContentBlock[] = [];
  private made: readonly Piece[] = [];

  /** `className`: of each piece, by where it stands. */
  constructor(session: string, highlighter: Highlighter, className: string) {
    this.session = session;
    this.highlighter = highlighter;
    this.className = className;
  }

  /** `said`: the text beside it, which text blocks may repeat. */
  pieces(content: readonly ContentBlock[], said: string): readonly Piece[] {
    if (content !== this.blocks) {
      this.blocks = content;
      this.made = content.flatMap((block) => this.piecesOf(block, said));
    }
    return this.made;
  }

  private piecesOf(block: ContentBlock, said: string): readonly Piece[] {
    if (block.kind === "image" && block.outputId) return [new ImagePiece(block, this.session, this.className)];
    // The output says a text block in words already.
    if (block.kind === "text" && said.includes(block.text ?? "")) return [];
    const head = block.kind === "resource" ? [new ResourcePiece(block, this.className)] : [];
    const style = { className: "output", form: "text" } as const;
    return [...head, ...new CodeBlock(style, this.highlighter).pieces(linesOf(block.text ?? ""))];
  }
}

/** An image, from our own origin; it opens by itself in another tab. */
class ImagePiece implements Piece {
  readonly guessPx = IMAGE_PX + 16;
  private readonly block: ContentBlock;
  private readonly session: string;
  private readonly className: string;

  constructor(block: ContentBlock, session: string, className: string) {
    this.block = block;
    this.session = session;
    this.className = className;
  }

  mount(): PieceView {
    const { title, outputId = "" } = this.block;
    const alt = title ? spellOut(title) : "Image";
    const src = `/sessions/${encodeURIComponent(this.session)}/outputs/${encodeURIComponent(outputId)}/image`;
    const image = h("img", { src, alt, decoding: "async" });
    const link = h("a", { href: src, target: "_blank", rel: "noopener" }, image);
    const element = h("div", { class: `${this.className} shown-image` }, link);
    image.addEventListener("error", () => {
      const gone = h("span", { class: "tool-note" });
      setText(gone, "This image cannot be shown: it was removed, or the server did not answer.");
      link.replaceWith(gone);
    });
    return { element, update: () => undefined };
  }
}

/** Where a resource is; only web addresses become links. */
class ResourcePiece implements Piece {
  readonly guessPx = 26;
  private readonly block: ContentBlock;
  private readonly className: string;

  constructor(block: ContentBlock, className: string) {
    this.block = block;
    this.className = className;
  }

  mount(): PieceView {
    const { uri = "", title = "" } = this.block;
    const words = spellOut(title ? `${title} · ${uri}` : uri);
    const isWeb = /^https?:\/\//i.test(uri);
    const named = isWeb ? h("a", { href: uri, rel: "noopener noreferrer", target: "_blank" }, words) : h("code", {}, words);
    const element = h("div", { class: `${this.className} shown-resource` }, named);
    return { element, update: () => undefined };
  }
}
