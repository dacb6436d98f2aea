import { existsSync, statSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { freePort } from '../processes/ports.ts';
import { findKubectl } from './kubectl.ts';
import { startKubernetes } from './kubernetes.ts';

const building = 30 * 60_000;

const kubectl = async (kubeconfig: string, ...args: readonly string[]) =>
  await (
    await findKubectl(kubeconfig)
  )(...args);

test(
  'the API server keeps its data and certificates over a stop, and serves them under other ports',
  { timeout: building },
  async () => {
    const dir = await mkdtemp(join(tmpdir(), 'tradewind-kubernetes-test-'));
    for (const attempt of ['first', 'second']) {
      const ports = { etcd: await freePort(), kubernetes: await freePort() };
      await using kubernetes = await startKubernetes({ dir, ports });
      const { kubeconfig } = kubernetes;
      expect(statSync(kubeconfig).mode & 0o777).toBe(0o600);
      if (attempt === 'first') await kubectl(kubeconfig, 'create', 'configmap', 'kept');
      expect(await kubectl(kubeconfig, 'get', 'configmap', 'kept', '-o', 'name')).toBe('configmap/kept');
    }
    await rm(dir, { recursive: true });
  },
);

test(
  'who is nobody may do nothing, the administrator may do everything, and roles decide between',
  { timeout: building },
  async () => {
    await using kubernetes = await startKubernetes();
    const can = async (...args: readonly string[]) =>
      await kubectl(kubernetes.kubeconfig, 'auth', 'can-i', ...args).catch(() => 'no');
    expect(await can('delete', 'namespaces')).toBe('yes');
    expect(await can('get', 'configmaps', '--as=somebody')).toBe('no');
    const create = async (...args: readonly string[]) =>
      await kubectl(kubernetes.kubeconfig, 'create', ...args);
    await create('clusterrole', 'reader', '--verb=get', '--resource=configmaps');
    await create('clusterrolebinding', 'reader', '--clusterrole=reader', '--user=somebody');
    await expect.poll(() => can('get', 'configmaps', '--as=somebody'), { timeout: 10_000 }).toBe('yes');
    expect(await can('delete', 'configmaps', '--as=somebody')).toBe('no');
  },
);

test('a disposed API server leaves no process and no folder', { timeout: building }, async () => {
  const kubernetes = await startKubernetes();
  const pids = [kubernetes.etcd.pid ?? 0, kubernetes.apiServer.pid ?? 0];
  await kubernetes[Symbol.asyncDispose]();
  expect(existsSync(kubernetes.dir)).toBe(false);
  for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow('ESRCH');
});
