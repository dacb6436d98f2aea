import { ConfigError } from '@tradewind/shared/config';
import { expect, test } from 'vitest';
import { readRestockConfig } from './config.ts';

test('the defaults fit together', () => {
  expect(readRestockConfig({})).toMatchObject({ LEASE_MS: 15_000, RESTOCK_WORKERS: 16 });
});

test.each([
  ['RESTOCK_WORKERS', { RESTOCK_WORKERS: '0' }],
  ['RESYNC_MS', { RESYNC_MS: '0' }],
  ['WATCH_IDLE_MS', { WATCH_IDLE_MS: '0' }],
  ['LEASE_RENEW_MS', { LEASE_RENEW_MS: '15000' }],
  ['LEASE_RENEW_MS', { LEASE_MS: '10000' }],
  ['LEASE_RETRY_MS', { LEASE_RETRY_MS: '8400' }],
])('%s is refused by its name where nothing could come of it: %j', (name, environment) => {
  expect(() => readRestockConfig(environment)).toThrow(ConfigError);
  expect(() => readRestockConfig(environment)).toThrow(`${name}: must be`);
});
