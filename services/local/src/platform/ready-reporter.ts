/** Reports a line for each part that is ready, with the seconds since this call. */
export function readyReporter(report: (line: string) => void): (part: string) => void {
  const began = performance.now();
  return (part) => {
    report(`  ✓ ${part.padEnd(20)}${((performance.now() - began) / 1000).toFixed(1).padStart(6)} s`);
  };
}
