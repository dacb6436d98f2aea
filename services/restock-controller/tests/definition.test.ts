import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type Kubernetes, startKubernetes } from '@tradewind/local/kubernetes';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ProductRestock } from '../src/product-restock.ts';
import { ApiClient } from '../src/runtime/api-client.ts';
import type { ResourceList } from '../src/runtime/resource.ts';
import { directConfig } from './kit/fault-proxy.ts';
import { installDefinition, kubectl, manifests } from './kit/restock-api.ts';

let kubernetes: Kubernetes;
let api: ApiClient;
const path = '/apis/inventory.tradewind.dev/v1alpha1/namespaces/default/productrestocks';

beforeAll(async () => {
  kubernetes = await startKubernetes();
  api = new ApiClient(directConfig(kubernetes.kubeconfig));
  await installDefinition(kubernetes.kubeconfig);
}, 30 * 60_000);
afterAll(async () => {
  api[Symbol.dispose]();
  await kubernetes[Symbol.asyncDispose]();
});

type Fields = Readonly<Record<string, unknown>>;
const good: Fields = { sku: 'PHONE-001', quantity: 100 };
const schedule = (cron: string, timeZone = 'Europe/Berlin'): Fields => ({
  ...good,
  trigger: { schedule: { cron, timeZone } },
});

async function create(
  spec: Fields,
  name = `restock-${crypto.randomUUID().slice(0, 8)}`,
): Promise<ProductRestock> {
  const body = {
    apiVersion: 'inventory.tradewind.dev/v1alpha1',
    kind: 'ProductRestock',
    metadata: { name },
    spec,
  };
  return await api.request<ProductRestock>({
    method: 'POST',
    path,
    query: { fieldValidation: 'Strict' },
    body,
  });
}

async function change(restock: ProductRestock, spec: Fields): Promise<ProductRestock> {
  return await api.request<ProductRestock>({
    method: 'PATCH',
    path: `${path}/${restock.metadata.name}`,
    contentType: 'application/merge-patch+json',
    body: { spec },
  });
}

test.each(readdirSync(join(manifests, 'samples')))('kubectl takes the sample %s', async (sample) => {
  const applied = await kubectl(kubernetes.kubeconfig, 'apply', '-f', join(manifests, 'samples', sample));
  expect(applied).toMatch(/^productrestock\.inventory\.tradewind\.dev\/\S+ created$/);
});

test('there is a sample for each trigger', () => {
  expect(readdirSync(join(manifests, 'samples'))).toEqual(
    expect.arrayContaining(['immediate.yaml', 'schedule.yaml', 'threshold.yaml']),
  );
});

test('what is not said is immediate, not suspended, and in UTC', async () => {
  expect((await create(good)).spec).toEqual({ ...good, trigger: { immediate: {} }, suspend: false });
  const daily = await create({ ...good, trigger: { schedule: { cron: '0 6 * * *' } } });
  expect(daily.spec.trigger.schedule).toEqual({ cron: '0 6 * * *', timeZone: 'Etc/UTC' });
});

describe('a bad resource is refused with what to change', () => {
  test.each<[what: string, spec: Fields, message: string]>([
    ['no sku', { quantity: 1 }, 'spec.sku: Required value'],
    ['an sku with a space', { ...good, sku: 'PHONE 1' }, 'write letters, digits, dots, slashes'],
    ['an sku that is too long', { ...good, sku: 'x'.repeat(65) }, 'may not be more than 64 bytes'],
    [
      'quantity and upTo',
      { ...good, upTo: 5 },
      'remove quantity (units to add) or upTo (level to fill up to)',
    ],
    ['neither', { sku: 'PHONE-001' }, 'set quantity (units to add) or upTo (level to fill up to)'],
    ['a quantity of 0', { ...good, quantity: 0 }, 'should be greater than or equal to 1'],
    [
      'a quantity beyond all stock',
      { ...good, quantity: 1e9 + 1 },
      'should be less than or equal to 1000000000',
    ],
    ['a broken quantity', { ...good, quantity: 1.5 }, 'spec.quantity'],
    [
      'no trigger in the trigger',
      { ...good, trigger: {} },
      'set exactly one of immediate, schedule and threshold; the first is written "immediate: {}"',
    ],
    [
      'immediate without its braces, which is null',
      { ...good, trigger: { immediate: null } },
      'the first is written "immediate: {}"',
    ],
    [
      'two triggers',
      { ...good, trigger: { immediate: {}, threshold: { below: 3 } } },
      'set exactly one of immediate, schedule and threshold',
    ],
    [
      'a threshold of 0',
      { ...good, trigger: { threshold: { below: 0 } } },
      'should be greater than or equal to 1',
    ],
    [
      'a fill that does not reach over the threshold',
      { sku: 'PHONE-001', upTo: 20, trigger: { threshold: { below: 20 } } },
      'raise upTo above trigger.threshold.below',
    ],
    ['six fields', schedule('0 0 6 * * 1'), 'write five fields with one space between them'],
    ['a minute of 60', schedule('60 6 * * *'), 'the first field is the minute'],
    ['an hour of 24', schedule('0 24 * * *'), 'the second field is the hour'],
    ['a day of 32', schedule('0 6 32 * *'), 'the third field is the day of the month'],
    ['a month of 13', schedule('0 6 * 13 *'), 'the fourth field is the month'],
    ['a weekday of 8', schedule('0 6 * * 8'), 'the fifth field is the day of the week'],
    ['an unknown zone', schedule('0 6 * * *', 'Europe/Nowhere'), 'name an IANA time zone'],
    ['the zone of the server', schedule('0 6 * * *', 'Local'), 'name an IANA time zone'],
    ['an offset for a zone', schedule('0 6 * * *', '+02:00'), 'name an IANA time zone'],
    ['a reference with a space', { ...good, reference: 'PO 1' }, 'write letters, digits, dots, slashes'],
    [
      'a lifetime without a reference',
      { ...good, ttlSecondsAfterFinished: 5 },
      'set reference too, or remove this',
    ],
    [
      'a negative lifetime',
      { ...good, reference: 'PO-1', ttlSecondsAfterFinished: -1 },
      'should be greater than or equal to 0',
    ],
    [
      'a limit below the quantity',
      { ...good, limits: { maxUnits: 99 } },
      'raise maxUnits to quantity or more',
    ],
    [
      'a limit of no restocks',
      { ...good, limits: { maxRestocks: 0 } },
      'should be greater than or equal to 1',
    ],
    ['a reason that is a novel', { ...good, reason: 'x'.repeat(201) }, 'may not be more than 200 bytes'],
    [
      'a misspelt field',
      { ...good, trigger: { immediately: {} } },
      'unknown field "spec.trigger.immediately"',
    ],
  ])('%s', async (_what, spec, message) => {
    await expect(create(spec)).rejects.toThrow(message);
  });
});

describe('what makes a restock what it is cannot be changed', () => {
  const full: Fields = { ...good, reference: 'PO-2026-0117' };
  test.each<[what: string, before: Fields, after: Fields, message: string]>([
    [
      'the sku',
      good,
      { sku: 'PHONE-002' },
      'cannot be changed; create another ProductRestock for the other product',
    ],
    ['the quantity', good, { quantity: 101 }, 'create another ProductRestock with the other quantity'],
    [
      'quantity to upTo',
      good,
      { quantity: null, upTo: 5 },
      'create another ProductRestock with the other quantity',
    ],
    ['the level', { sku: 'A', upTo: 5 }, { upTo: 6 }, 'create another ProductRestock with the other level'],
    ['the reference', full, { reference: 'PO-2' }, 'cannot be changed, added or removed'],
    ['that it has a reference', full, { reference: null }, 'cannot be changed, added or removed'],
    ['that it has none', good, { reference: 'PO-1' }, 'cannot be changed, added or removed'],
    [
      'the kind of trigger',
      good,
      { trigger: { immediate: null, threshold: { below: 3 } } },
      'the kind of trigger cannot be changed; create another ProductRestock',
    ],
  ])('%s', async (_what, before, after, message) => {
    await expect(change(await create(before), after)).rejects.toThrow(message);
  });

  test('the rest can', async () => {
    const low = await create({ ...good, trigger: { threshold: { below: 3 } } });
    const changed = {
      suspend: true,
      reason: 'why',
      limits: { maxRestocks: 3 },
      trigger: { threshold: { below: 4 } },
    };
    expect((await change(low, changed)).spec).toMatchObject(changed);
  });
});

test.each(['*/5 * * * *', '0 6 * * 1', '0,30 8-18/2 1-15 1,7 0-6', '59 23 31 12 7', '05 06 * * *'])(
  'the schedule "%s" is taken',
  async (cron) => {
    await expect(create(schedule(cron))).resolves.toBeDefined();
  },
);

test('who writes the spec cannot write the status, and the other way round', async () => {
  const restock = await create(good);
  const patch = { method: 'PATCH', contentType: 'application/merge-patch+json' } as const;
  const own = `${path}/${restock.metadata.name}`;
  const body = { spec: { suspend: true }, status: { phase: 'Waiting' } };
  expect(await api.request({ ...patch, path: own, body })).not.toHaveProperty('status');
  const after = await api.request({
    ...patch,
    path: `${own}/status`,
    body: { spec: { suspend: false }, status: { phase: 'Waiting' } },
  });
  expect(after).toMatchObject({ spec: { suspend: true }, status: { phase: 'Waiting' } });
});

test('resources are selected by sku, reference and phase', async () => {
  await create({ ...good, sku: 'SELECTED', reference: 'PO-9' }, 'selected');
  for (const fieldSelector of ['spec.sku=SELECTED', 'spec.reference=PO-9']) {
    const { items } = await api.request<ResourceList<ProductRestock>>({ path, query: { fieldSelector } });
    expect(items.map(({ metadata }) => metadata.name)).toEqual(['selected']);
  }
  await expect(
    api.request({ path, query: { fieldSelector: 'status.phase=Waiting' } }),
  ).resolves.toBeDefined();
});

test('kubectl shows what matters in its columns, also by the short names and the category', async () => {
  await create(good, 'shown');
  await api.request({
    method: 'PATCH',
    path: `${path}/shown/status`,
    contentType: 'application/merge-patch+json',
    body: {
      status: {
        ...{ trigger: 'below 20', quantity: '100', restocks: 3, nextRestockTime: '2999-01-01T06:00:00Z' },
        conditions: [
          {
            type: 'Ready',
            status: 'True',
            reason: 'Waiting',
            message: '',
            lastTransitionTime: '2026-01-01T00:00:00Z',
          },
        ],
      },
    },
  });
  const [header, row] = (await kubectl(kubernetes.kubeconfig, 'get', 'restock', 'shown')).split('\n');
  expect(header?.split(/\s{2,}/)).toEqual([
    ...['NAME', 'SKU', 'TRIGGER', 'QUANTITY', 'RESTOCKS', 'NEXT', 'READY', 'AGE'],
  ]);
  expect(row?.split(/\s{2,}/).slice(0, 7)).toEqual([
    ...['shown', 'PHONE-001', 'below 20', '100', '3', '2999-01-01T06:00:00Z', 'True'],
  ]);
  for (const name of ['restocks', 'tradewind']) {
    expect(await kubectl(kubernetes.kubeconfig, 'get', name)).toContain('shown');
  }
});
