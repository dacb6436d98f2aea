import { expect, test } from 'vitest';
import { readConfig, tlsEnv, tlsOptions } from './index.ts';

const read = (environment: NodeJS.ProcessEnv) => tlsOptions(readConfig(tlsEnv, environment));
const all = { TLS_CA_FILE: '/ca.crt', TLS_CERT_FILE: '/tls.crt', TLS_KEY_FILE: '/tls.key' };

test('a process has all files of its TLS, or none', () => {
  expect(read({})).toBeUndefined();
  expect(read(all)).toEqual({ authority: '/ca.crt', certificate: '/tls.crt', key: '/tls.key' });
});

test.each(Object.keys(all))('%s alone is not missed silently', (name) => {
  expect(() => read({ ...all, [name]: '' })).toThrow(new RegExp(`${name}: is needed too: .* all or none`));
});
