import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const run = promisify(execFile);
const smallHeap = new URL('small-heap.ts', import.meta.url).href;

/** How much V8 takes for its heap on average, in MiB, while many objects are made and soon dropped. */
async function heapMib(first: string): Promise<number> {
  const script = `
    import { getHeapStatistics } from 'node:v8';
    import { keepHeapSmall } from '${smallHeap}';
    ${first};
    const kept = [], samples = [];
    for (let n = 0; n < 6_000_000; n += 1) {
      kept[n % 100_000] = { n, text: String(n) };
      if (n % 10_000 === 0) samples.push(getHeapStatistics().total_heap_size / 2 ** 20);
    }
    console.log(samples.reduce((sum, size) => sum + size, 0) / samples.length);`;
  const { stdout } = await run(process.execPath, ['--input-type=module', '--eval', script]);
  return Number(stdout);
}

test('garbage has less room', async () => {
  expect(await heapMib('keepHeapSmall()')).toBeLessThan((await heapMib('')) / 2);
});
