import { expect, test } from 'vitest';
import { sumOf } from './cluster.ts';
import { reportOf } from './report.ts';
import { runBench } from './run-bench.ts';

test('measures the controller as it settles resources, each once, and as it rests', async ({ signal }) => {
  const samples = await runBench({
    ...{ resources: 50, turns: 2, idleSeconds: 3, only: ['controller'] },
    ...{ signal, report: () => undefined },
  });
  expect(samples.controller).toHaveLength(2);
  for (const sample of samples.controller ?? []) {
    expect(sample.perSecond).toBeGreaterThan(0);
    expect(sample.reconcilesEach).toBeGreaterThanOrEqual(1);
    // A status for each, and an event for each that restocked.
    expect(sample.requestsEach).toBeGreaterThanOrEqual(1.8);
    expect(sample.idleRequestsPerMinute).toBeGreaterThan(0);
  }
  expect(reportOf(samples)).toMatch(/^\| resources settled per second +\| +\d+ \|/m);
}, 300_000);

test('sums the series of a metric that have a label', () => {
  const metrics =
    'asked_total{by="a",level="x"} 3\nasked_total{by="a"} 4 1700000000\nasked_total{by="b"} 9\n';
  expect(sumOf(metrics, 'asked_total', 'by="a"')).toBe(7);
});
