import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import {
  bits,
  explicit,
  implicit,
  integer,
  objectId,
  octets,
  sequence,
  setOf,
  time,
  truth,
  utf8,
} from './der.ts';

/** A certificate and its private key, both PEM. */
export interface KeyPair {
  readonly certificate: string;
  readonly key: string;
}

export interface Subject {
  readonly commonName: string;
  /** What Kubernetes takes for the user's group. */
  readonly organization?: string;
}

export interface Authority {
  /** PEM */
  readonly certificate: string;
  /** A certificate for a server with these names and IPv4 addresses, and for a client too. */
  issue: (subject: Subject, hosts?: readonly string[]) => KeyPair;
}

const years = 10;
const ecdsaWithSha256 = sequence(objectId('1.2.840.10045.4.3.2'));

/** A new certificate authority whose key is forgotten with it. */
export function createAuthority(commonName: string): Authority {
  const name = distinguishedName({ commonName });
  const { publicKey, privateKey } = newKey();
  const mayCertify = [
    extension('2.5.29.19', sequence(truth())),
    extension('2.5.29.15', bits(Buffer.of(0b0000_0110), 1)),
  ];
  return {
    certificate: certificate({
      issuer: name,
      signer: privateKey,
      subject: name,
      publicKey,
      extensions: mayCertify,
    }),
    issue: (subject, hosts = []) => {
      const own = newKey();
      return {
        certificate: certificate({
          issuer: name,
          signer: privateKey,
          subject: distinguishedName(subject),
          publicKey: own.publicKey,
          extensions: [
            extension('2.5.29.15', bits(Buffer.of(0b1000_0000), 7)),
            extension('2.5.29.37', sequence(objectId('1.3.6.1.5.5.7.3.1'), objectId('1.3.6.1.5.5.7.3.2'))),
            ...(hosts.length > 0 ? [extension('2.5.29.17', sequence(...hosts.map(alternativeName)))] : []),
          ],
        }),
        key: own.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
      };
    },
  };
}

interface Parts {
  readonly issuer: Buffer;
  readonly signer: KeyObject;
  readonly subject: Buffer;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
}

/** An X.509 v3 certificate, RFC 5280. */
function certificate({ issuer, signer, subject, publicKey, extensions }: Parts): string {
  const from = new Date(Date.now() - 86_400_000);
  const until = new Date(from);
  until.setUTCFullYear(from.getUTCFullYear() + years);
  const body = sequence(
    explicit(0, integer(Buffer.of(2))),
    integer(Buffer.concat([Buffer.of(1), randomBytes(15)])),
    ecdsaWithSha256,
    issuer,
    sequence(time(from), time(until)),
    subject,
    publicKey.export({ type: 'spki', format: 'der' }),
    explicit(3, sequence(...extensions)),
  );
  const whole = sequence(body, ecdsaWithSha256, bits(sign('sha256', body, signer)));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
}

function newKey(): { publicKey: KeyObject; privateKey: KeyObject } {
  return generateKeyPairSync('ec', { namedCurve: 'P-256' });
}

function distinguishedName({ commonName, organization }: Subject): Buffer {
  const attribute = (id: string, value: string) => setOf(sequence(objectId(id), utf8(value)));
  return sequence(
    ...(organization === undefined ? [] : [attribute('2.5.4.10', organization)]),
    attribute('2.5.4.3', commonName),
  );
}

/** Critical where the meaning must not be missed, which is all but the alternative names. */
function extension(id: string, value: Buffer): Buffer {
  return sequence(objectId(id), ...(id === '2.5.29.17' ? [] : [truth()]), octets(value));
}

function alternativeName(host: string): Buffer {
  const address = /^\d+\.\d+\.\d+\.\d+$/.test(host);
  return address ? implicit(7, Buffer.from(host.split('.').map(Number))) : implicit(2, Buffer.from(host));
}
