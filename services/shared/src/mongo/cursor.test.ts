import { expect, test } from 'vitest';
import { decodePageToken, encodePageToken, pageSize } from './index.ts';

test('a page token gives back the position that it was made of', () => {
  const token = encodePageToken(['Ärmel', 17]);
  expect(token).toMatch(/^[\w-]+$/);
  expect(decodePageToken(token, ['string', 'number'])).toEqual(['Ärmel', 17]);
});

test.for(['nonsense', '', encodePageToken([1]), encodePageToken(['a']), encodePageToken([1, 'a', 2])])(
  'refuses the page token "%s", which this list never gave',
  (token) => {
    expect(() => decodePageToken(token, ['number', 'string'])).toThrow(
      expect.objectContaining({
        code: 'INVALID_ARGUMENT',
        fields: [expect.objectContaining({ field: 'page_token' })],
      }),
    );
  },
);

test('a page has 20 rows unless asked, and at most 100', () => {
  expect([0, 1, 100].map(pageSize)).toEqual([20, 1, 100]);
  for (const asked of [-1, 101]) {
    expect(() => pageSize(asked)).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  }
});
