import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { KubernetesState } from '../profile.ts';
import { kubernetesState, readyKubernetes, whyNot } from './kubernetes-state.ts';

const url = 'http://127.0.0.1:8080';
const { signal } = new AbortController();
let folder: string;
let profile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-demo-'));
  profile = join(folder, 'profile.json');
});
afterEach(async () => {
  await rm(folder, { recursive: true });
});

const say = (kubernetes?: KubernetesState) => writeFile(profile, JSON.stringify({ url, kubernetes }));

test('the profile says how far the Kubernetes of its own platform is, and of no other', async () => {
  await say({ state: 'ready', kubectl: '/kubectl' });
  expect(await kubernetesState({ profile, url: `${url}/` })).toEqual({ state: 'ready', kubectl: '/kubectl' });
  expect(await kubernetesState({ profile, url: 'https://shop.example.com' })).toBeUndefined();
});

test('who waits for Kubernetes is told what it does until it is ready', async () => {
  const lines: string[] = [];
  const report = (line: string) => {
    lines.push(line);
    void say(
      lines.length < 2 ? { state: 'starting', message: 'linking' } : { state: 'ready', kubectl: '/k' },
    );
  };
  await say({ state: 'starting', message: 'compiling' });
  expect(await readyKubernetes({ profile, url }, report, signal)).toBe('/k');
  expect(lines).toEqual(['Waiting for Kubernetes: compiling', 'Waiting for Kubernetes: linking']);
});

test.each([
  [undefined, 'This platform runs without Kubernetes'],
  [{ state: 'failed', message: 'etcd could not be built' } as const, 'etcd could not be built'],
])('nobody waits for a Kubernetes that will not come: %o', async (state, message) => {
  await say(state);
  await expect(readyKubernetes({ profile, url }, () => undefined, signal)).rejects.toThrow(message);
});

test('while it is being built, one line says how to wait for it', () => {
  expect(whyNot({ state: 'starting', message: 'etcd: 400 packages after 60 s' })).toBe(
    'Kubernetes is not ready yet (etcd: 400 packages after 60 s), so no restock is shown: make demo ARGS=--restock waits for it.',
  );
});
