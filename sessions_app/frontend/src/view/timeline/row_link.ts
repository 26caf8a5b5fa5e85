import { copyText } from "../../browser/clipboard.ts";
import { h, set } from "../h.ts";

/** The one link element, placed beside the row under the pointer or focus. */
export class RowLink {
  private readonly link = h("a", { class: "row-link", "aria-label": "Copy a link to this event" }, "#");
  private readonly slice: HTMLElement;
  private item: HTMLElement | null = null;

  constructor(list: HTMLElement, slice: HTMLElement) {
    this.slice = slice;
    this.link.hidden = true;
    list.append(this.link);
    list.addEventListener("pointerover", (event) => this.meet(event));
    list.addEventListener("focusin", (event) => this.meet(event));
    this.link.addEventListener("click", (event) => {
      if (!this.item) return;
      event.preventDefault();
      this.copy(this.item);
    });
  }

  /** Stay beside the item, wherever it has moved. */
  place(): void {
    const { item, link } = this;
    set(link, "hidden", !item?.isConnected);
    if (!item || link.hidden) return;
    set(link.style, "top", `${this.slice.offsetTop + item.offsetTop}px`);
    set(link.style, "left", `${item.offsetLeft}px`);
  }

  copy(item: HTMLElement): void {
    this.show(item);
    void copyText(this.link.href).then((isCopied) => {
      if (isCopied) this.link.classList.add("copied");
      else location.assign(this.link.href); // so its address can be copied by hand
    });
  }

  private meet({ target }: Event): void {
    const item = target instanceof Element ? target.closest<HTMLElement>(".item") : null;
    if (item && item !== this.item) this.show(item);
  }

  private show(item: HTMLElement): void {
    const { session, row } = item.dataset;
    this.item = item;
    this.link.href = `/sessions/${encodeURIComponent(session ?? "")}/#e${row}`;
    this.link.classList.remove("copied");
    this.place();
  }
}
