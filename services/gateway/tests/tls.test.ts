import { once } from 'node:events';
import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type TLSSocket } from 'node:tls';
import { createAuthority } from '@tradewind/local/kubernetes';
import { trustAuthority, type TlsFiles } from '@tradewind/shared/tls';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { startTestGateway } from './harness.ts';
import { ada } from './tokens.ts';

let folder: string;
const authority = createAuthority('of the shop');

async function certificate(name: string): Promise<TlsFiles> {
  const at = (file: string) => join(folder, `${name}-${file}`);
  const files = { authority: at('ca.crt'), certificate: at('tls.crt'), key: at('tls.key'), checkEveryMs: 20 };
  const own = authority.issue({ commonName: name }, ['127.0.0.1']);
  await writeFile(files.authority, authority.certificate);
  await writeFile(files.certificate, own.certificate);
  await writeFile(files.key, own.key);
  return files;
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'tradewind-gateway-tls-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true });
});

test('the gateway speaks HTTPS and nothing else, calls the services over TLS, and takes a renewed certificate', async () => {
  const mounted = await certificate('first');
  await using gateway = await startTestGateway({ tls: mounted });
  const { port } = new URL(gateway.url);
  expect(gateway.url).toMatch(/^https:/);
  await expect(gateway.send('/livez')).rejects.toMatchObject({
    cause: { message: expect.stringMatching(/certificate/) as string },
  });

  trustAuthority(mounted.authority);
  expect((await gateway.send('/livez')).status).toBe(200);
  // The services' answer, by way of TLS: this test has no such user.
  const token = await gateway.issuer.tokenFor(ada);
  expect(await gateway.send(`/api/users/${ada.userId}`, { token })).toMatchObject({
    status: 404,
    body: { detail: expect.stringContaining('in this test') as string },
  });

  const plaintext = new Promise((resolve, reject) => {
    request(`http://127.0.0.1:${port}/livez`, resolve).on('error', reject).end();
  });
  await expect(plaintext).rejects.toThrow(/ECONNRESET|hang up/);

  const shown = () =>
    new Promise<string>((resolve, reject) => {
      const socket: TLSSocket = connect({ port: Number(port), host: '127.0.0.1' }, () => {
        resolve(String(socket.getPeerCertificate().subject.CN));
        socket.destroy();
      });
      socket.once('error', reject);
    });
  expect(await shown()).toBe('first');
  const renewed = await certificate('second');
  await copyFile(renewed.certificate, mounted.certificate);
  await copyFile(renewed.key, mounted.key);
  await vi.waitFor(async () => {
    expect(await shown()).toBe('second');
  });
});

test('closing waits for no connection on which no request has begun', async () => {
  await using gateway = await startTestGateway({ tls: await certificate('closing') });
  const port = Number(new URL(gateway.url).port);
  for (const hello of ['', '\x16\x03\x01']) {
    const socket = connectTcp(port, '127.0.0.1').on('error', () => undefined);
    await once(socket, 'connect');
    socket.write(hello);
  }
  for (const sent of ['', 'GET /livez HTTP/1.1\r\n']) {
    const socket = connect({ port, host: '127.0.0.1', ca: authority.certificate });
    socket.on('error', () => undefined);
    await once(socket, 'secureConnect');
    socket.write(sent);
  }
  await gateway[Symbol.asyncDispose]();
});
