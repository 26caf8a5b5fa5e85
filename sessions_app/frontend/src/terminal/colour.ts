type Rgb = readonly [number, number, number];

// xterm's own sixteen.
const BASE: readonly Rgb[] = [
  [0, 0, 0],
  [205, 0, 0],
  [0, 205, 0],
  [205, 205, 0],
  [0, 0, 238],
  [205, 0, 205],
  [0, 205, 205],
  [229, 229, 229],
  [127, 127, 127],
  [255, 0, 0],
  [0, 255, 0],
  [255, 255, 0],
  [92, 92, 255],
  [255, 0, 255],
  [0, 255, 255],
  [255, 255, 255],
];
const CUBE = [0, 95, 135, 175, 215, 255] as const;

/**
 * The one of the sixteen colours that is nearest to one of the 256: the sixteen are
 * ours, legible on light and dark, and the others were chosen for somebody's own screen.
 */
export function nearestOf256(n: number): number {
  if (n < 16) return n;
  if (n >= 232) {
    const grey = 8 + (n - 232) * 10;
    return nearest([grey, grey, grey]);
  }
  const at = n - 16;
  const level = (index: number): number => CUBE[index % 6] ?? 0;
  return nearest([level(Math.floor(at / 36)), level(Math.floor(at / 6)), level(at)]);
}

/** The one of the sixteen that is nearest to red, green and blue, 0 to 255 each. */
export function nearest(wanted: Rgb): number {
  let best = 0;
  let least = Infinity;
  BASE.forEach((base, n) => {
    const away = distance(base, wanted);
    if (away >= least) return;
    least = away;
    best = n;
  });
  return best;
}

function distance(a: Rgb, b: Rgb): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}
