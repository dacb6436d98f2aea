export interface Spread {
  readonly median: number;
  readonly least: number;
  readonly most: number;
}

/** Of numbers in ascending order; NaN when there are none. */
export function quantile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? NaN;
}

export function spread(values: readonly number[]): Spread {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? NaN;
  return { median: (upper + lower) / 2, least: sorted[0] ?? NaN, most: sorted.at(-1) ?? NaN };
}
