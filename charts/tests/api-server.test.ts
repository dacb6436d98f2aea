import { join } from 'node:path';
import { findGo, gatewayDefinitions } from '@tradewind/local/kubernetes';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { type ApiServer, startApiServer } from './kit/api-server.ts';
import { matrix, withGatewayApi } from './kit/matrix.ts';
import { namespace, renderText } from './kit/render.ts';

/** The file's whole work is asking a real API server, which has to be built once. */
const building = 30 * 60_000;

let apiServer: ApiServer;

beforeAll(async () => {
  apiServer = await startApiServer();
  const { folder, kubectl } = apiServer;
  await using go = await findGo({ folder, cachesDir: join(folder, 'go') });
  const definitions = await gatewayDefinitions(go);
  for (const kind of ['httproutes', 'backendtlspolicies']) {
    const file = join(definitions, `gateway.networking.k8s.io_${kind}.yaml`);
    await kubectl(['apply', '--server-side', '--filename', file]);
    await vi.waitFor(() => kubectl(['get', kind]), { timeout: 60_000, interval: 200 });
  }
}, building);

afterAll(async () => {
  await apiServer[Symbol.asyncDispose]();
});

const accepted = {
  ...matrix,
  'an HTTPRoute': withGatewayApi,
  'an HTTPRoute over TLS': { ...withGatewayApi, tls: { enabled: true } },
};

describe(
  'a real API server takes every object, knows every field, and warns of nothing',
  { timeout: 120_000 },
  () => {
    test.each(Object.entries(accepted))('%s', async (_title, values) => {
      const manifests = await renderText(values, ['--set', 'secrets.ephemeral=true']);
      const args = [
        'apply',
        '--dry-run=server',
        '--validate=strict',
        '--namespace',
        namespace,
        '--filename',
        '-',
      ];
      const { stdout, stderr } = await apiServer.kubectl(args, manifests);
      expect(stderr).toBe('');
      expect(stdout.trim().split('\n').length).toBe(manifests.match(/^kind: /gm)?.length);
    });

    test('and it warns of a pod that takes more rights than Pod Security "restricted" gives', async () => {
      const manifests = await renderText({}, ['--set', 'secrets.ephemeral=true']);
      const careless = manifests.replaceAll(
        'allowPrivilegeEscalation: false',
        'allowPrivilegeEscalation: true',
      );
      const args = ['apply', '--dry-run=server', '--namespace', namespace, '--filename', '-'];
      await expect(apiServer.kubectl(args, careless)).rejects.toThrow(/violates PodSecurity "restricted/);
    });
  },
);
