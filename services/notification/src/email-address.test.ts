import { expect, test } from 'vitest';
import { isEmailAddress } from './email-address.ts';

test.for([
  'bo@people.test',
  'b.o+shop@people.test',
  'root@localhost',
  "o'neil@people.test",
  'jörg@bücher.test',
])('takes %s', (address) => {
  expect(isEmailAddress(address)).toBe(true);
});

test.for([
  '',
  'bo',
  'bo@',
  '@people.test',
  'bo@people..test',
  'bo@people.test,eve@people.test',
  'Bo <bo@people.test>',
  '"bo"@people.test',
  'bo@people.test\r\nBcc: eve@people.test',
  'bo@people.test\n',
  'bo\u0000@people.test',
  `${'b'.repeat(65)}@people.test`,
  `bo@${'people.'.repeat(40)}test`,
])('refuses %j', (address) => {
  expect(isEmailAddress(address)).toBe(false);
});
