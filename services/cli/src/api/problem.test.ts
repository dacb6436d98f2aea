import { expect, it } from 'vitest';
import { fromProblem } from './problem.ts';

it('says what the platform says, with the fields and the code', () => {
  const error = fromProblem(
    400,
    {
      code: 'INVALID_ARGUMENT',
      detail: 'the request is not valid',
      errors: [{ field: 'sku', message: 'is too long' }],
    },
    undefined,
  );
  expect(error).toMatchObject({
    code: 'INVALID_ARGUMENT',
    message: 'the request is not valid; sku is too long',
  });
});

it('says a field only once', () => {
  const body = { detail: 'sku is too long', errors: [{ field: 'sku', message: 'is too long' }] };
  expect(fromProblem(400, body, undefined).message).toBe('sku is too long');
});

it.each([
  [502, 'UNAVAILABLE'],
  [503, 'UNAVAILABLE'],
  [429, 'RESOURCE_EXHAUSTED'],
  [401, 'UNAUTHENTICATED'],
  [418, 'INVALID_ARGUMENT'],
  [507, 'INTERNAL'],
])('understands a bare %d from a proxy in between', (status, code) => {
  expect(fromProblem(status, '<html>', 1000)).toMatchObject({ code, retryAfterMs: 1000 });
});
