import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { createAuthority } from '@tradewind/local/kubernetes';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readEnvironment } from '../src/config.ts';
import { run } from '../src/run.ts';

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-cli-tls-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

/** What `tradewind produce` says, whose first request a platform without products answers with 404. */
async function produce(url: string, environment: NodeJS.ProcessEnv): Promise<string> {
  const said: string[] = [];
  const say = (line: string) => void said.push(line);
  const code = await run(['produce', '--count', '1', '--url', url], {
    ...{ environment: readEnvironment(environment), signal: new AbortController().signal, exitCode: 0 },
    ...{ stdin: Readable.from([]), print: say, warn: say },
  });
  return `${said.join('\n')} (${code})`;
}

test('a gateway of an authority of one’s own is believed by TLS_CA_FILE', async () => {
  const authority = createAuthority('of the shop');
  const { certificate: cert, key } = authority.issue({ commonName: 'gateway' }, ['127.0.0.1']);
  const file = join(folder, 'ca.crt');
  await writeFile(file, authority.certificate);
  const gateway = createServer({ cert, key }, (_, answer) => answer.writeHead(404).end());
  gateway.listen(0, '127.0.0.1');
  await once(gateway, 'listening');
  const url = `https://127.0.0.1:${(gateway.address() as AddressInfo).port}`;

  expect(await produce(url, {})).toMatch(/does not answer: .*certificate.* \(1\)$/);
  expect(await produce(url, { TLS_CA_FILE: file })).toMatch(/404.*\(1\)$/);
  expect(await produce(url, { TLS_CA_FILE: `${file}.missing` })).toMatch(/ENOENT.*ca\.crt\.missing.*\(2\)$/);
  gateway.close();
});
