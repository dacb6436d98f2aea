import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { waitFor } from '../processes/wait-for.ts';
import type { KeyPairFiles } from './credentials.ts';

/** A readiness check over HTTPS, by a client with a certificate: waits until the address answers with 200. */
export function httpsReady(
  url: string,
  authority: string,
  client: KeyPairFiles,
): (signal: AbortSignal) => Promise<void> {
  return async (signal) => {
    const identity = {
      ca: await readFile(authority),
      cert: await readFile(client.certificate),
      key: await readFile(client.key),
    };
    const answersOk = () =>
      new Promise<boolean>((resolve, reject) => {
        const asked = request(url, { ...identity, agent: false, signal, timeout: 2000 }, (response) => {
          response.resume();
          resolve(response.statusCode === 200);
        });
        asked.once('timeout', () => asked.destroy(new Error('no answer')));
        asked.once('error', reject);
        asked.end();
      });
    await waitFor(answersOk, signal);
  };
}
