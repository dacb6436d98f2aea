import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { join } from 'node:path';

/** Talks to the etcd behind an API server, past it, as an administrator with backups does. */
export interface Etcd {
  /** Forgets everything older than now. */
  readonly compact: () => Promise<void>;
  /** What is stored under a key, as it is. @throws Error when there is nothing */
  readonly read: (key: string) => Promise<string>;
  readonly write: (key: string, value: string) => Promise<void>;
}

interface Range {
  readonly header: { readonly revision: string };
  readonly kvs?: readonly { readonly value: string }[];
}

/** @param dir of the `Kubernetes`, which has etcd's certificates */
export function openEtcd(dir: string, port: number): Etcd {
  const file = (name: string) => readFileSync(join(dir, 'pki', name));
  const identity = { ca: file('etcd-ca.crt'), cert: file('etcd-client.crt'), key: file('etcd-client.key') };

  function ask<T>(path: string, body: unknown): Promise<T> {
    return new Promise((resolve, reject) => {
      const url = `https://127.0.0.1:${port}/v3/kv/${path}`;
      const asked = request(url, { ...identity, method: 'POST', agent: false }, (answer) => {
        const chunks: Buffer[] = [];
        answer.on('data', (chunk: Buffer) => chunks.push(chunk));
        answer.once('end', () => {
          const text = Buffer.concat(chunks).toString();
          if (answer.statusCode === 200) resolve(JSON.parse(text) as T);
          else reject(new Error(`etcd answered ${answer.statusCode ?? 0}: ${text}`));
        });
      });
      asked.once('error', reject);
      asked.end(JSON.stringify(body));
    });
  }

  const encoded = (text: string) => Buffer.from(text).toString('base64');
  return {
    async compact() {
      const { header } = await ask<Range>('range', { key: encoded('/') });
      await ask('compaction', { revision: header.revision, physical: true });
    },
    async read(key) {
      const { kvs = [] } = await ask<Range>('range', { key: encoded(key) });
      const [found] = kvs;
      if (found === undefined) throw new Error(`etcd has no ${key}`);
      return Buffer.from(found.value, 'base64').toString();
    },
    async write(key, value) {
      await ask('put', { key: encoded(key), value: encoded(value) });
    },
  };
}
