import { expect, test } from 'vitest';
import { addressConflict } from './network.ts';

const dir = '/clones/a/.local/cluster';
const loopback = { ifname: 'lo', addr_info: [{ local: '127.0.0.1' }] };
const other = { ifname: 'eth7', addr_info: [{ local: '10.250.0.1' }] };

test.each([
  ['are free', [loopback], undefined, undefined],
  ['are those of the same node', [loopback, other], dir, undefined],
  ['are those of another clone', [loopback], '/clones/b', /in \/clones\/b: stop it there/],
  ['are something else’s', [loopback, other], undefined, /10\.250\.0\.1.* in use by eth7/],
] as const)('addresses that %s', (_what, links, owner, conflict) => {
  const message = addressConflict(links, owner, dir);
  if (conflict === undefined) expect(message).toBeUndefined();
  else expect(message).toMatch(conflict);
});
