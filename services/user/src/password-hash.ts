import { argon2, randomBytes, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';

export interface Argon2Cost {
  /** KiB. */
  readonly memory: number;
  readonly passes: number;
  readonly parallelism: number;
}

/** Source: OWASP Password Storage Cheat Sheet, argon2id with 19 MiB. */
const presentCost: Argon2Cost = { memory: 19 * 1024, passes: 2, parallelism: 1 };
const tagLength = 32;

const derive = promisify(argon2);

/** @returns a PHC string, which carries its cost, so that the cost may change */
export async function hashPassword(password: string, cost = presentCost): Promise<string> {
  const nonce = randomBytes(16);
  return phc(cost, nonce, await derive('argon2id', { message: password, nonce, tagLength, ...cost }));
}

export async function isPassword(password: string, hash: string): Promise<boolean> {
  const { cost, nonce, tag } = parsePhc(hash);
  const derived = await derive('argon2id', { message: password, nonce, tagLength: tag.length, ...cost });
  return timingSafeEqual(derived, tag);
}

/** Whether the hash was made at another cost than hashes are made now. */
export function isOutdated(hash: string): boolean {
  const { cost } = parsePhc(hash);
  return (
    cost.memory !== presentCost.memory ||
    cost.passes !== presentCost.passes ||
    cost.parallelism !== presentCost.parallelism
  );
}

/** A hash that no password has, at the present cost: checking it takes as long as checking a real one. */
export const decoyHash = phc(presentCost, randomBytes(16), randomBytes(tagLength));

function phc({ memory, passes, parallelism }: Argon2Cost, nonce: Buffer, tag: Buffer): string {
  return `$argon2id$v=19$m=${memory},t=${passes},p=${parallelism}$${base64(nonce)}$${base64(tag)}`;
}

function parsePhc(hash: string): { cost: Argon2Cost; nonce: Buffer; tag: Buffer } {
  const parts = /^\$argon2id\$v=19\$m=(\d+),t=(\d+),p=(\d+)\$([\w+/]+)\$([\w+/]+)$/.exec(hash);
  if (!parts) throw new Error('a stored password hash is not an argon2id PHC string');
  const [, memory, passes, parallelism, nonce = '', tag = ''] = parts;
  return {
    cost: { memory: Number(memory), passes: Number(passes), parallelism: Number(parallelism) },
    nonce: Buffer.from(nonce, 'base64'),
    tag: Buffer.from(tag, 'base64'),
  };
}

/** PHC strings have no padding. */
function base64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '');
}
