/** A Fenwick tree of heights: updates and prefix sums in O(log n). */
export class Fenwick {
  private readonly values: number[] = [];
  /** At i the sum of the values in (i - lowest bit of i, i], counted from 1. */
  private readonly sums: number[] = [0];

  get length(): number {
    return this.values.length;
  }

  get total(): number {
    return this.before(this.values.length);
  }

  push(value: number): void {
    const at = this.values.push(value);
    let sum = value;
    for (let below = 1; below < (at & -at); below *= 2) sum += this.sums[at - below] ?? 0;
    this.sums.push(sum);
  }

  set(index: number, value: number): void {
    const grown = value - (this.values[index] ?? 0);
    if (grown === 0) return;
    this.values[index] = value;
    for (let at = index + 1; at < this.sums.length; at += at & -at) {
      this.sums[at] = (this.sums[at] ?? 0) + grown;
    }
  }

  /** Keep only the first `length` values. */
  truncate(length: number): void {
    this.values.length = length;
    this.sums.length = length + 1;
  }

  /** The sum of the first `count` values. */
  before(count: number): number {
    let sum = 0;
    for (let at = count; at > 0; at -= at & -at) sum += this.sums[at] ?? 0;
    return sum;
  }

  /** The first index whose prefix sum exceeds `y`; the length if none does. */
  find(y: number): number {
    let at = 0;
    let left = y;
    for (let step = highestBit(this.values.length); step > 0; step >>= 1) {
      const sum = this.sums[at + step];
      if (sum === undefined || sum > left) continue;
      at += step;
      left -= sum;
    }
    return at;
  }
}

function highestBit(n: number): number {
  return n === 0 ? 0 : 1 << (31 - Math.clz32(n));
}
