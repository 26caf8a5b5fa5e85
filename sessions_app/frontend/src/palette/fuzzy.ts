/** How well a text fits what was typed, and where its letters are in it. */
export interface Match {
  /** The more, the better; comparable between texts for the same query. */
  readonly score: number;
  readonly at: readonly number[];
}

const IN_A_ROW = 5; // points for a letter right after the one before
const BEGINS_WORD = 8;
const LETTER_OR_DIGIT = /[\p{L}\p{N}]/u;

/**
 * Match the letters of a query in their order, with others between them; null: they are
 * not all there. Blanks in the query mean nothing; letter case does not matter.
 */
export function fuzzy(query: string, text: string): Match | null {
  const letters = [...query.toLowerCase()].filter((letter) => letter.trim() !== "");
  const within = text.toLowerCase();
  // A word that is there as it was typed beats letters that are scattered.
  const whole = within.indexOf(query.trim().toLowerCase());
  if (whole >= 0 && letters.length > 0) {
    const { length } = query.trim();
    const score = length * IN_A_ROW * 2 + (begins(within, whole) ? BEGINS_WORD * 2 : 0) - whole / 100;
    return { score, at: Array.from({ length }, (_, i) => whole + i) };
  }
  return scattered(letters, within);
}

function scattered(letters: readonly string[], within: string): Match | null {
  const at: number[] = [];
  let score = 0;
  let from = 0;
  for (const letter of letters) {
    const next = placeOf(letter, within, from, from > 0);
    if (next < 0) return null;
    if (next === from && from > 0) score += IN_A_ROW;
    if (begins(within, next)) score += BEGINS_WORD;
    score -= (next - from) / 100;
    at.push(next);
    from = next + letter.length;
  }
  return { score, at };
}

/** Where a letter is next: right here, else the first place that leaves none behind. */
function placeOf(letter: string, within: string, from: number, mayFollow: boolean): number {
  if (mayFollow && within.startsWith(letter, from)) return from;
  return within.indexOf(letter, from);
}

function begins(text: string, at: number): boolean {
  return at === 0 || !LETTER_OR_DIGIT.test(text.charAt(at - 1));
}
