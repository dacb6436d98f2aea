import { expect, test } from 'vitest';
import { explainBuildError } from './build-errors.ts';

test.each([
  ['write /cache/x: no space left on device', /No space is left to build etcd: free 15 GB/],
  ["EACCES: permission denied, mkdir '/cache'", /\/cache cannot be written: set XDG_CACHE_HOME/],
  ['unable to open database file', /\/cache cannot be written: set XDG_CACHE_HOME/],
  ['verifying module: checksum mismatch', /a checksum in go\.sum differs/],
  ['dial tcp 192.0.2.1:443: i/o timeout', /see that Go reaches its module proxy/],
  ['go ended with code 1\nundefined: foo', /^etcd could not be built: undefined: foo$/],
])('"%s" becomes one line that says what to do', (said, line) => {
  const { message } = explainBuildError(new Error(said), 'etcd', '/cache');
  expect(message).toMatch(line);
  expect(message).not.toContain('\n');
});

test('what only a node needs is not to be installed: Docker and kind are', () => {
  const { message } = explainBuildError(new Error('dial tcp: i/o timeout'), 'kubelet', '/cache');
  expect(message).toMatch(/kubelet could not be downloaded: .*, or install Docker and kind\.$/);
});
