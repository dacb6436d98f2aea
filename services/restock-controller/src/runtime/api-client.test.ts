import { KubeConfig } from '@kubernetes/client-node';
import { expect, test } from 'vitest';
import { ApiClient } from './api-client.ts';

test('credentials that do not come are given up', async () => {
  const config = new KubeConfig();
  const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: 'sleep', args: ['2'] };
  config.loadFromClusterAndUser(
    { name: 'slow', server: 'https://127.0.0.1:1', skipTLSVerify: true },
    { name: 'slow', exec },
  );
  using client = new ApiClient(config);
  await expect(client.request({ path: '/version', timeoutMs: 100 })).rejects.toThrow('timeout');
});
