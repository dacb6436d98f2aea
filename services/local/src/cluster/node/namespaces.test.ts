import { spawnSync } from 'node:child_process';
import { mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { unshare } from './namespaces.ts';
import { placeIn } from './place.ts';
import { endAll, findInit, nodeProcesses } from './processes.ts';

/** As root, and not in a container that may not. */
const allowed = spawnSync('unshare', ['--mount', '--net', '--pid', '--fork', 'true']).status === 0;

test.skipIf(!allowed)('a node is found by its folder, and ends whole', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tradewind-node-'));
  const place = placeIn(dir);
  for (const folder of [place.lib, place.log]) await mkdir(folder);
  const { init } = await unshare(place, ['sleep', '600']);
  expect(await findInit(place)).toBe(init);
  expect(await findInit(placeIn(`${dir}-other`))).toBeUndefined();
  expect(await nodeProcesses(init)).toContainEqual({ pid: init, name: 'sh' });
  expect(await readFile('/proc/mounts', 'utf8')).not.toContain(dir);
  await endAll(init);
  expect(await nodeProcesses(init)).toEqual([]);
  expect(await findInit(place)).toBeUndefined();
  await rm(dir, { recursive: true });
});
