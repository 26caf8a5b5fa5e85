import { h } from "../view/h.ts";

export interface Question {
  readonly title: string;
  readonly about: string;
  readonly yes: string;
  readonly no: string;
}

/** Ask before something that cannot be undone; resolves to whether it is to be done. */
export function asked({ title, about, yes, no }: Question): Promise<boolean> {
  const leave = h("button", { type: "button", class: "button", autofocus: "" }, no);
  const go = h("button", { type: "button", class: "button danger" }, yes);
  const dialog = h(
    "dialog",
    { class: "ask-first", "aria-labelledby": "ask-first-title", "aria-describedby": "ask-first-about" },
    h("h2", { id: "ask-first-title" }, title),
    h("p", { id: "ask-first-about" }, about),
    h("div", { class: "ask-first-acts" }, leave, go),
  );
  return new Promise((resolve) => {
    leave.addEventListener("click", () => dialog.close());
    go.addEventListener("click", () => dialog.close("yes"));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(dialog.returnValue === "yes");
    });
    document.body.append(dialog);
    dialog.showModal();
  });
}
