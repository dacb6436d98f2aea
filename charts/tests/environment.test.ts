import { beforeAll, describe, expect, test } from 'vitest';
import { environmentOf } from './kit/environment.ts';
import { matrix } from './kit/matrix.ts';
import { readers } from './kit/readers.ts';
import { all, type Manifest, pick, render } from './kit/render.ts';

/** Who may call whom, see `access.ts` and the services' own tables. */
const calls: readonly (readonly [caller: string, callee: string])[] = [
  ['gateway', 'user'],
  ['gateway', 'inventory'],
  ['gateway', 'order'],
  ['gateway', 'notification'],
  ['inventory', 'user'],
  ['order', 'user'],
  ['order', 'inventory'],
  ['notification', 'user'],
  ['restock-controller', 'inventory'],
];

const environment = (manifests: readonly Manifest[], process: string) => {
  const { spec } = pick(manifests, 'Deployment', `shop-tradewind-${process}`);
  return environmentOf(spec?.template.spec?.containers[0]?.env ?? [], manifests);
};

const keysOf = (text = '') =>
  new Map(
    text.split(',').map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  );

/** The address of a webhook cannot be made up by the kit. */
const realizable = Object.entries(matrix).filter(([title]) => title !== 'everything on');

describe.each(realizable)('with %s', (_title, values) => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await render(values);
  });

  test('every process takes its environment', () => {
    for (const { metadata } of all(manifests, 'Deployment')) {
      const process = metadata?.name?.replace('shop-tradewind-', '') ?? '';
      expect(readers).toHaveProperty([process]);
      expect.soft(() => readers[process]?.(environment(manifests, process)), process).not.toThrow();
    }
  });
});

describe('with generated secrets', () => {
  let manifests: readonly Manifest[];
  beforeAll(async () => {
    manifests = await render(matrix['everything on']);
  });

  test('a server knows the keys of those who call it, and of nobody else', () => {
    for (const callee of ['user', 'inventory', 'order', 'notification']) {
      const known = keysOf(environment(manifests, callee)['CALLER_KEYS']);
      const callers = calls.filter(([, to]) => to === callee).map(([from]) => from);
      expect([...known.keys()].toSorted(), callee).toEqual(callers.toSorted());
      for (const caller of callers)
        expect(known.get(caller), `${caller} → ${callee}`).toBe(
          environment(manifests, caller)['SERVICE_KEY'],
        );
    }
  });

  test('no two secrets are alike', () => {
    const secrets = manifests
      .filter(({ kind }) => kind === 'Secret')
      .flatMap(({ metadata }) => Object.values(pick(manifests, 'Secret', metadata.name).data ?? {}));
    expect(new Set(secrets).size).toBe(secrets.length);
    expect(secrets.length).toBeGreaterThan(15);
  });

  test('each service is a user of its own in MongoDB, whom mongodb-setup creates with the same password', () => {
    const owners = keysOf(environment(manifests, 'mongodb-setup')['MONGO_OWNERS']);
    for (const [process, database] of [
      ['user', 'tradewind_user'],
      ['inventory', 'tradewind_inventory'],
      ['inventory-consumer', 'tradewind_inventory'],
      ['order', 'tradewind_order'],
      ['notification', 'tradewind_notification'],
    ] as const) {
      const { MONGO_URI = '', MONGO_DB_NAME } = environment(manifests, process);
      expect(MONGO_DB_NAME).toBe(database);
      const { username, password } = new URL(MONGO_URI);
      expect(username).toBe(database);
      expect(password).toBe(owners.get(database));
    }
  });

  test('the shared secret for tokens is the same everywhere, and long enough', () => {
    const held = Object.keys(readers).map((process) => environment(manifests, process)['JWT_SECRET']);
    const [secret] = held;
    expect(secret).toMatch(/^.{32,}$/);
    expect(new Set(held)).toEqual(new Set([secret, undefined]));
  });

  test('a process calls the others by the names of their Services', () => {
    const order = environment(manifests, 'order');
    expect(order['INVENTORY_SERVICE']).toBe('dns:///shop-tradewind-inventory:50051');
    expect(pick(manifests, 'Service', 'shop-tradewind-inventory').spec?.ports?.[0]?.port).toBe(50051);
    expect(environment(manifests, 'gateway')['MAILER_SERVICE']).toBe(
      'dns:///shop-tradewind-notification:50054',
    );
  });
});
