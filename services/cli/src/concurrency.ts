/**
 * Runs `work` on each value, at most `limit` at once; the values are read no faster than that. Throws the first error
 * after the work in flight has ended.
 */
export async function forEachConcurrent<T>(
  values: AsyncIterable<T>,
  limit: number,
  work: (value: T) => Promise<void>,
): Promise<void> {
  const inFlight = new Set<Promise<void>>();
  const failures: unknown[] = [];
  try {
    for await (const value of values) {
      const running = work(value)
        .catch((error: unknown) => void failures.push(error))
        .finally(() => inFlight.delete(running));
      inFlight.add(running);
      if (inFlight.size >= limit) await Promise.race(inFlight);
      if (failures.length > 0) break;
    }
  } finally {
    await Promise.all(inFlight);
  }
  if (failures.length > 0) throw failures[0];
}
