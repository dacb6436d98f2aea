import { expect, test } from 'vitest';
import { checkPrerequisites, type Machine } from './prerequisites.ts';

const complete: Machine = { platform: 'linux', root: true, has: () => Promise.resolve(true) };

test('a machine that has everything may have a node', async () => {
  await expect(checkPrerequisites(complete)).resolves.toBeUndefined();
});

test('everything that is missing is named at once, with the one command that installs it', async () => {
  const has = (file: string) => Promise.resolve(!['runc', 'unshare', 'nsenter'].includes(file));
  const checked = checkPrerequisites({ ...complete, has, root: false });
  await expect(checked).rejects.toThrow('apt-get install -y --no-install-recommends runc util-linux\n');
  await expect(checked).rejects.toThrow('made by root');
});

test('where there is no Linux it takes Docker', async () => {
  await expect(checkPrerequisites({ ...complete, platform: 'darwin' })).rejects.toThrow(/Docker and kind/);
});
