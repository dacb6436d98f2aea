const stepMs = 1000;

/** Adds every key once in each period, spread evenly over it, until it is disposed of. */
export function resync(
  keys: () => readonly string[],
  add: (key: string) => void,
  periodMs: number,
): Disposable {
  const steps = Math.max(1, Math.round(periodMs / stepMs));
  let round = keys();
  let step = 0;
  const interval = setInterval(() => {
    const share = (at: number) => Math.floor((at * round.length) / steps);
    for (const key of round.slice(share(step), share(step + 1))) add(key);
    step = (step + 1) % steps;
    if (step === 0) round = keys();
  }, periodMs / steps);
  interval.unref();
  return {
    [Symbol.dispose]() {
      clearInterval(interval);
    },
  };
}
