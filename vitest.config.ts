import { defineConfig } from 'vitest/config';

const faults = 'e2e/faults/{platform,points,streams,planted}/**/*.test.ts';
/** With a real API server or Helm, which are built from source once. */
const kubernetes = [
  'services/local/src/kubernetes/{go,kubernetes}.test.ts',
  'services/local/tests/restocking.test.ts',
  'services/restock-controller/tests/**/*.test.ts',
  'charts/tests/**/*.test.ts',
  'e2e/restock/**/*.test.ts',
  'bench/restock/**/*.test.ts',
];

/** On a whole cluster, in which one file after the other has its release. */
const cluster = 'e2e/cluster/**/*.test.ts';

export default defineConfig({
  test: {
    globalSetup: ['services/local/src/servers/vitest-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Two cores and real servers: more workers only fight over them.
    maxWorkers: 2,
    projects: [
      {
        extends: true,
        test: {
          name: 'tests',
          include: [
            'proto/**/*.test.ts',
            'k8s/**/*.test.ts',
            'charts/*.test.ts',
            'services/*/{src,tests}/**/*.test.ts',
            'e2e/**/*.test.ts',
            'bench/src/**/*.test.ts',
          ],
          exclude: ['**/node_modules/**', faults, cluster, ...kubernetes],
        },
      },
      {
        extends: true,
        // Each of them loads the machine by itself.
        test: { name: 'faults', include: [faults], fileParallelism: false },
      },
      { extends: true, test: { name: 'kubernetes', include: kubernetes } },
      { extends: true, test: { name: 'cluster', include: [cluster], fileParallelism: false } },
    ],
  },
});
