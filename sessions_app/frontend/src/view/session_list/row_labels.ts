import { request } from "../../link/request.ts";
import { h } from "../h.ts";

/** The panel below a list row that edits its tags and archives it. */
export class RowLabels {
  private readonly complain: (words: string) => void;

  constructor(complain: (words: string) => void) {
    this.complain = complain;
  }

  toggle(row: HTMLElement, id: string, button: HTMLElement, isArchived: boolean): void {
    const shown = row.querySelector(":scope > .labels");
    button.setAttribute("aria-expanded", `${!shown}`);
    if (shown) return shown.remove();
    const panel = this.panel(row, id, isArchived);
    row.append(panel);
    panel.querySelector("input")?.focus();
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      panel.remove();
      button.setAttribute("aria-expanded", "false");
      button.focus();
    });
  }

  private panel(row: HTMLElement, id: string, isArchived: boolean): HTMLElement {
    const panel = h("form", { class: "labels" });
    for (const tag of row.querySelectorAll(".tag")) {
      panel.append(this.removal(panel, id, tag.textContent ?? ""));
    }
    const input = h("input", {
      type: "text",
      maxlength: "32",
      placeholder: "add a tag",
      "aria-label": "Add a tag",
    });
    const archive = h("button", { type: "button", class: "button" }, isArchived ? "Take back" : "Archive");
    archive.addEventListener("click", () => {
      void this.ask(isArchived ? "DELETE" : "PUT", `/sessions/${id}/archive`);
    });
    panel.append(input, h("button", { type: "submit", class: "button" }, "Tag"), archive);
    panel.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = input.value.trim().toLowerCase();
      if (name) void this.add(panel, id, name, input);
    });
    return panel;
  }

  private async add(panel: Element, id: string, name: string, input: HTMLInputElement): Promise<void> {
    if (!(await this.ask("PUT", pathOf(id, name)))) return;
    input.value = "";
    const has = [...panel.querySelectorAll(".removal")].some((b) => b.textContent === `${name} ×`);
    if (!has) panel.prepend(this.removal(panel, id, name));
  }

  private removal(panel: Element, id: string, name: string): HTMLElement {
    const words = { type: "button", class: "removal", "aria-label": `Remove the tag ${name}` };
    const button = h("button", words, `${name} ×`);
    button.addEventListener("click", () => {
      void this.ask("DELETE", pathOf(id, name)).then((done) => {
        if (!done) return;
        button.remove();
        panel.querySelector("input")?.focus();
      });
    });
    return button;
  }

  /** The row itself changes with the next `sessions` frame, as in all other tabs. */
  private async ask(method: "PUT" | "DELETE", path: string): Promise<boolean> {
    const { problem } = await request(method, path);
    this.complain(problem ?? "");
    return problem === null;
  }
}

function pathOf(id: string, name: string): string {
  return `/sessions/${encodeURIComponent(id)}/tags/${encodeURIComponent(name)}`;
}
