import { X509Certificate, createPrivateKey } from 'node:crypto';
import { expect, test } from 'vitest';
import { createAuthority } from './certificates.ts';

const authority = createAuthority('test-ca');
const root = new X509Certificate(authority.certificate);

test('an authority signs itself and may sign others', () => {
  expect(root.ca).toBe(true);
  expect(root.subject).toBe('CN=test-ca');
  expect(root.verify(root.publicKey)).toBe(true);
});

test('an issued certificate names its user, group and hosts, and goes with its key', () => {
  const issued = authority.issue({ commonName: 'admin', organization: 'system:masters' }, [
    'localhost',
    '127.0.0.1',
  ]);
  const leaf = new X509Certificate(issued.certificate);
  expect(leaf.checkIssued(root) && leaf.verify(root.publicKey)).toBe(true);
  expect(leaf.ca).toBe(false);
  expect(leaf.subject).toBe('O=system:masters\nCN=admin');
  expect(leaf.subjectAltName).toBe('DNS:localhost, IP Address:127.0.0.1');
  expect(leaf.checkPrivateKey(createPrivateKey(issued.key))).toBe(true);
  expect(leaf.validToDate.getTime()).toBeGreaterThan(Date.now() + 9 * 365 * 86_400_000);
});

test('one authority does not vouch for the certificates of another', () => {
  const stranger = createAuthority('test-ca').issue({ commonName: 'admin' });
  expect(new X509Certificate(stranger.certificate).verify(root.publicKey)).toBe(false);
});
