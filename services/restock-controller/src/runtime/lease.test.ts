import { expect, test } from 'vitest';
import type { Api, ApiRequest } from './api-client.ts';
import { ApiError } from './api-error.ts';
import { Lease } from './lease.ts';

test('what is left after the look is all that the write may take', async () => {
  const asked: ApiRequest[] = [];
  const api: Api = {
    request: (request) => {
      asked.push(request);
      return Promise.reject(new ApiError(request.method === undefined ? 404 : 500, {}));
    },
    watch: () => expect.unreachable(),
  };
  const lease = new Lease({ api, namespace: 'default', name: 'lease', identity: 'one', leaseMs: 1000 });
  await expect(lease.tryHold(500)).rejects.toThrow('500');
  const [look, write] = asked;
  expect(look?.signal).toBeInstanceOf(AbortSignal);
  expect(write?.signal).toBe(look?.signal);
});
