import { mkdir, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { canUseKind, openKind, startKind, stopKind } from './kind.ts';
import { openCluster, stopCluster } from './lifecycle.ts';

let folder: string;
let dir: string;

/** Commands in the place of Docker's, kind's and Kubernetes' own: they write down what they are asked. */
const commands = {
  docker: '',
  kubectl: '[ "$1" != version ] || echo gitVersion: v1.34.4',
  kind: `case "$1 $2" in
"create cluster") touch "$HOME/exists" "$6" ;;
"delete cluster") rm -f "$HOME/exists" ;;
"get clusters") [ ! -e "$HOME/exists" ] || echo tradewind ;;
esac`,
};

async function standIn(name: keyof typeof commands, script: string): Promise<void> {
  const asked = `echo "${name} $*" >> "$HOME/asked"`;
  await writeFile(join(folder, name), `#!/bin/sh\n${asked}\n${script}\n`, { mode: 0o755 });
}

const asked = async (of: string) =>
  (await readFile(join(folder, 'asked'), 'utf8')).split('\n').filter((line) => line.startsWith(of));

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-kind-'));
  dir = join(folder, 'cluster');
  vi.stubEnv('PATH', [folder, process.env['PATH']].join(delimiter));
  vi.stubEnv('HOME', folder);
  for (const [name, script] of Object.entries(commands)) await standIn(name as keyof typeof commands, script);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(folder, { recursive: true });
});

test('kind is used where it is there, and a Docker engine answers', async () => {
  expect(await canUseKind()).toBe(true);
  await standIn('docker', 'exit 1');
  expect(await canUseKind()).toBe(false);
});

test('a cluster is made once, and is there until it is stopped', async () => {
  await startKind(dir, () => undefined);
  await startKind(dir, () => undefined);
  expect(await asked('kind create')).toHaveLength(1);
  expect(await asked('kubectl')).toContainEqual(expect.stringMatching(/ apply -k .*k8s\/kind$/));
  const cluster = await openKind(dir);
  await cluster?.loadImages(['shop.tar']);
  expect(await asked('kind load')).toEqual(['kind load image-archive shop.tar --name tradewind']);
  await stopKind(dir);
  await expect(stat(dir)).rejects.toThrow('ENOENT');
  expect(await openKind(dir)).toBeUndefined();
});

test('the cluster of another clone is left alone', async () => {
  await startKind(dir, () => undefined);
  const other = join(folder, 'other');
  await expect(startKind(other, () => undefined)).rejects.toThrow('Another clone has the cluster');
  expect(await stopped(join(other, '.local'))).toBe('No cluster runs.');
  expect(await openKind(dir)).toBeDefined();
});

test('a cluster in Docker stays known as one while Docker is stopped', async () => {
  await startKind(dir, () => undefined);
  await standIn('docker', 'exit 1');
  await expect(stopped(folder)).rejects.toThrow('start Docker');
  await expect(openCluster({ dir: folder })).rejects.toThrow('start Docker');
  await standIn('docker', '');
  expect(await stopped(folder)).toMatch(/^The cluster is stopped and removed/);
  await expect(stat(dir)).rejects.toThrow('ENOENT');
});

test('what is left of a cluster in Docker that was deleted by hand is removed', async () => {
  await startKind(dir, () => undefined);
  await rm(join(folder, 'exists'));
  expect(await stopped(folder)).toMatch(/^The cluster is stopped and removed/);
  await expect(stat(dir)).rejects.toThrow('ENOENT');
});

test('the folder of a start that failed is no cluster', async () => {
  await standIn('kind', '[ "$1" != create ]');
  await expect(startKind(dir, () => undefined)).rejects.toThrow('kind create');
  expect(await stopped(folder)).toBe('No cluster runs.');
});

test('a node stays known as one when Docker has come', async () => {
  await startKind(join(folder, 'other'), () => undefined);
  await mkdir(join(dir, 'lib'), { recursive: true });
  await writeFile(join(dir, 'kubeconfig'), '');
  await expect(openCluster({ dir: folder })).rejects.toThrow('No cluster runs');
});

/** What is said of stopping the cluster of a clone. */
async function stopped(local: string): Promise<string> {
  const lines: string[] = [];
  await stopCluster({ dir: local }, (line) => lines.push(line));
  return lines.join('\n');
}
