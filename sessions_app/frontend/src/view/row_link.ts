import { h, set } from "./h.ts";

/** One link for all rows: it stands beside the one that the pointer or the focus is on. */
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
      // Without a clipboard the browser follows the link, and shows its address.
      if (!this.item || !("clipboard" in navigator)) return;
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
    if (!("clipboard" in navigator)) return this.link.click();
    void navigator.clipboard.writeText(this.link.href).then(() => {
      this.link.classList.add("copied");
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
