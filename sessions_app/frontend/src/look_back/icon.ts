const SVG = "http://www.w3.org/2000/svg";
const PATHS = {
  play: "M4.5 2.5v11l9-5.5z",
  pause: "M4 2.5h3v11H4zM9 2.5h3v11H9z",
  again: "M3 8a5 5 0 1 1 1.6 3.7M3 12.6V9.4h3.2",
  back: "M11.5 3v10L5 8zM4 3v10",
  on: "M4.5 3v10L11 8zM12 3v10",
} as const;

export type IconName = keyof typeof PATHS;

/** A small picture for a button that has a name beside it. */
export function icon(name: IconName): SVGElement {
  const made = document.createElementNS(SVG, "svg");
  const path = document.createElementNS(SVG, "path");
  made.setAttribute("viewBox", "0 0 16 16");
  made.setAttribute("aria-hidden", "true");
  made.setAttribute("class", `picture ${name}`);
  path.setAttribute("d", PATHS[name]);
  made.append(path);
  return made;
}
