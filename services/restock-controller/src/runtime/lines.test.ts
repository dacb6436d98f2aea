import { Readable } from 'node:stream';
import { expect, test } from 'vitest';
import { lines } from './lines.ts';

async function read(...chunks: readonly Buffer[]): Promise<[lines: string[], chunks: number]> {
  let heard = 0;
  const found = await Array.fromAsync(lines(Readable.from(chunks), () => (heard += 1)));
  return [found, heard];
}

test('lines are whole however they are cut, also within a character', async () => {
  const bytes = Buffer.from('{"a":"ü"}\n{"b":"€"}\n');
  for (let at = 1; at < bytes.length; at++) {
    expect(await read(bytes.subarray(0, at), bytes.subarray(at))).toEqual([['{"a":"ü"}', '{"b":"€"}'], 2]);
  }
});

test('an unfinished last line is none, and neither is an empty one', async () => {
  expect(await read(Buffer.from('one\n\n{"half'))).toEqual([['one'], 1]);
});
