import { copyFile } from 'node:fs/promises';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { TlsFiles } from '../src/tls/index.ts';
import { patience } from './event-kit.ts';
import { serveTest, stockClient } from './grpc-kit.ts';
import { type Certificates, createCertificates } from './tls-kit.ts';

let certificates: Certificates;
let files: TlsFiles;
beforeAll(async () => {
  certificates = await createCertificates();
  files = await certificates.files(certificates.trusted);
});
afterAll(async () => {
  await certificates[Symbol.asyncDispose]();
});

const answer = { checkStock: () => Promise.resolve({ shortages: [] }) };
const someLines = { lines: [] };
const refused = (reason: RegExp) => ({
  code: 'UNAVAILABLE',
  cause: { message: expect.stringMatching(reason) as string },
});

test.each([
  ['its address', (port: number) => `127.0.0.1:${port}`],
  ['its name', (port: number) => `localhost:${port}`],
  ['a name whose addresses share the calls', (port: number) => `dns:///localhost:${port}`],
  ['addresses that share the calls', (port: number) => `ipv4:127.0.0.1:${port}`],
])('a server with a certificate of the authority is called by %s', async (_title, target) => {
  await using server = await serveTest(answer, { tls: files });
  await using client = stockClient(server, { tls: files, target: target(server.port) });
  await expect(client.checkStock(someLines)).resolves.toEqual({ shortages: [] });
});

test('a call in plaintext is refused, and so is a server that speaks plaintext', async () => {
  await using secure = await serveTest(answer, { tls: files });
  await using careless = stockClient(secure);
  await expect(careless.checkStock(someLines)).rejects.toMatchObject({ code: 'UNAVAILABLE' });

  await using plain = await serveTest(answer);
  await using careful = stockClient(plain, { tls: files });
  await expect(careful.checkStock(someLines)).rejects.toMatchObject({ code: 'UNAVAILABLE' });
});

test('a certificate of another authority is refused', async () => {
  await using server = await serveTest(answer, { tls: await certificates.files(certificates.stranger) });
  await using client = stockClient(server, { tls: files });
  await expect(client.checkStock(someLines)).rejects.toMatchObject(
    refused(/self-signed certificate|unable to verify/),
  );
});

test('a certificate for another name is refused', async () => {
  const elsewhere = await certificates.files(certificates.trusted, ['elsewhere.example']);
  await using server = await serveTest(answer, { tls: elsewhere });
  await using client = stockClient(server, { tls: files });
  await expect(client.checkStock(someLines)).rejects.toMatchObject(refused(/does not match certificate/));
});

test('a caller proves itself by its key, over TLS too', async () => {
  await using server = await serveTest(answer, { tls: files });
  await using client = stockClient(server, { tls: files, key: 'a guess' });
  await expect(client.checkStock(someLines)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' });
});

test('a renewed certificate is taken while the server serves, once its key is there too', async () => {
  const mounted = await certificates.files(certificates.trusted);
  const renewed = await certificates.files(certificates.stranger);
  const warnings: string[] = [];
  const log = pino({ level: 'warn' }, { write: (line) => warnings.push(line) });
  await using server = await serveTest(answer, { tls: mounted, log });
  const call = async (tls: TlsFiles) => {
    await using client = stockClient(server, { tls });
    return await client.checkStock(someLines).then(
      () => 'answered',
      () => 'refused',
    );
  };
  expect(await call(renewed)).toBe('refused');
  await copyFile(renewed.certificate, mounted.certificate);
  await expect.poll(() => warnings.join(), patience).toContain('key values mismatch');
  expect(await call(files)).toBe('answered');
  await copyFile(renewed.key, mounted.key);
  await expect.poll(() => call(renewed), patience).toBe('answered');
  expect(await call(files)).toBe('refused');
});

test('a server without its certificate, or with another one’s key, does not start', async () => {
  const other = await certificates.files(certificates.trusted);
  await expect(serveTest(answer, { tls: { ...files, key: other.key } })).rejects.toThrow(
    /key values mismatch/,
  );
  await expect(serveTest(answer, { tls: { ...files, certificate: '/nowhere' } })).rejects.toThrow(/ENOENT/);
});
