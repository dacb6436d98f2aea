import { expect, test } from 'vitest';
import { cannotRun, isSufficient } from './runtime.ts';

test.each([
  ['mongod', 'db version v6.0.5', true],
  ['mongod', 'db version v8.2.0', true],
  ['mongod', 'db version v5.0.31', false],
  ['redis-server', 'Redis server v=6.2.14 sha=40305114:0', true],
  ['redis-server', 'Redis server v=6.0.16 sha=00000000:0', false],
  ['nats-server', 'nats-server: v2.10.0', true],
  ['nats-server', 'nats-server: v2.9.10', false],
  ['nats-server', '', false],
] as const)('%s that says "%s" is sufficient: %s', (server, output, sufficient) => {
  expect(isSufficient(server, output)).toBe(sufficient);
});

test('a missing library is named with the package that has it', () => {
  const error = 'error while loading shared libraries: libcurl.so.4: cannot open shared object file';
  expect(cannotRun('mongod', error)).toContain('mongod needs libcurl.so.4: apt-get install libcurl4,');
});
