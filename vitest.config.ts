import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['proto/**/*.test.ts', 'services/*/{src,tests}/**/*.test.ts', 'e2e/**/*.test.ts'],
    globalSetup: ['services/local/src/servers/vitest-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 120_000,
    // Two cores and real servers: more workers only fight over them.
    maxWorkers: 2,
  },
});
