import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findBinary, isSufficient } from './binaries.ts';

test.each([
  ['kube-apiserver', 'Kubernetes v1.34.4', true],
  ['kube-apiserver', 'Kubernetes v1.30.9', false],
  ['kubectl', 'clientVersion:\n  gitVersion: v1.32.4-dispatcher\n', true],
  ['kubectl', 'clientVersion:\n  gitVersion: v1.27.0\n', false],
  ['etcd', 'etcd Version: 3.5.4\nGit SHA: Not provided', true],
  ['etcd', 'etcd Version: 3.4.30', false],
  ['etcd', '', false],
  ['helm', 'v3.22.1+g4a3e2c1', true],
  ['helm', 'v4.3.1', true],
  ['helm', 'v3.9.4+gdbc6d8e', false],
] as const)('%s that says "%s" is sufficient: %s', (binary, output, sufficient) => {
  expect(isSufficient(binary, output)).toBe(sufficient);
});

test('the folder that KUBEBUILDER_ASSETS names comes first', async () => {
  const assets = await mkdtemp(join(tmpdir(), 'tradewind-assets-'));
  const own = join(assets, 'kube-apiserver');
  await writeFile(own, '#!/bin/sh\necho Kubernetes v1.33.0\n', { mode: 0o755 });
  expect(await findBinary('kube-apiserver', { environment: { KUBEBUILDER_ASSETS: assets } })).toBe(own);
  await rm(assets, { recursive: true });
});
