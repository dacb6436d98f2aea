import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, test } from 'vitest';
import { chart, readTargetVariables, readValues, readWorkloads } from './kit/chart.ts';
import { interpolated, parseVariables, variablesOf, without } from './kit/compose.ts';
import { dockerfile, readDockerfile } from './kit/dockerfile.ts';
import {
  havePublishedSchemas,
  problemsOf,
  publishedSchemasNote,
  readPublishedSchema,
} from './kit/published-schemas.ts';
import { readers } from './kit/readers.ts';
import { readText, readYaml, repository } from './kit/repository.ts';

const written = await readYaml('compose.yaml');
const text = await readText('compose.yaml');
const example = await readText('.env.example');
const tried = parseVariables(example);
const { services, volumes } = interpolated(written, tried);
const values = await readValues();
const workloads = Object.entries(await readWorkloads()).filter(([, { kubernetes }]) => kubernetes !== true);
const targetVariables = await readTargetVariables();

const environmentOf = (name: string) => services[name]?.environment ?? {};
const pairs = (list = '') => new Map(list.split(',').map((pair) => pair.split('=', 2) as [string, string]));
const outcomeOf = (read: () => unknown): unknown => {
  try {
    return read();
  } catch (error) {
    return error;
  }
};
/** Those that run our image. */
const own = Object.keys(services).filter((name) => services[name]?.build);

test.runIf(havePublishedSchemas)(`it is valid by the published schema${publishedSchemasNote}`, async () => {
  expect(problemsOf(written, await readPublishedSchema('compose-spec'))).toEqual([]);
});

describe('the variables', () => {
  test('.env.example has those that there are, and no others', () => {
    expect(Object.keys(tried).toSorted()).toEqual([...variablesOf(text)].toSorted());
  });

  test.each([...variablesOf(text)])('without %s it has a default, or says so', (name) => {
    const reading = () => interpolated(written, without(tried, name));
    if (text.includes(`\${${name}:-`)) expect(reading).not.toThrow();
    else expect(reading).toThrow(`${name} is missing: see .env.example`);
  });

  test('whatever is secret is one of them', () => {
    expect(text).not.toContain('NotSecret');
    const given = Object.values(services).flatMap(({ environment = {} }) => Object.entries(environment));
    const secret = given.filter(([name]) => /KEY|PASSWORD|ADMINS|OWNERS|READERS|MONGO_URI/.test(name));
    expect(secret.length).toBeGreaterThan(20);
    for (const [name, value] of secret) expect(value, name).toContain('NotSecret');
  });

  test('the command in .env.example makes secrets of one’s own, which every process takes', async () => {
    const command = /^# +(awk .*) > \.env$/m.exec(example)?.[1] ?? '';
    const { stdout } = await promisify(execFile)('sh', ['-c', command], { cwd: repository });
    const made = parseVariables(stdout);
    expect(Object.keys(made)).toEqual(Object.keys(tried));
    const secrets = Object.keys(tried).filter((name) => tried[name]?.startsWith('NotSecret'));
    expect(secrets.length).toBeGreaterThan(10);
    for (const name of secrets) expect(made[name], name).toMatch(/^[0-9a-f]{48}$/);
    expect(new Set(secrets.map((name) => made[name])).size).toBe(secrets.length);
    const { services: others } = interpolated(written, made);
    for (const name of own)
      expect(() => readers[name]?.({ ...others[name]?.environment }), name).not.toThrow();
  });
});

describe('the processes', () => {
  test('are those of the chart, but for what needs Kubernetes, and the command line', () => {
    expect(own.toSorted()).toEqual([...workloads.map(([name]) => name), 'cli'].toSorted());
    for (const [name] of workloads) expect(services[name]?.command).toEqual([name]);
  });

  test('run one image, from a stage that there is', async () => {
    const { stages } = await readDockerfile();
    for (const name of own) {
      expect(services[name]?.build).toEqual({ context: '.', dockerfile, target: 'tradewind' });
      expect(services[name]?.image).toBe(`localhost/tradewind:${tried['TRADEWIND_VERSION'] ?? ''}`);
    }
    expect([...stages.keys()]).toContain('tradewind');
  });

  test.each(own)('%s takes its environment, and none of it in vain', (name) => {
    const read = readers[name];
    if (!read) throw new Error(`nobody reads the environment of ${name}`);
    const environment = environmentOf(name);
    const whole = read({ ...environment });
    for (const variable of Object.keys(environment)) {
      const outcome = outcomeOf(() => read({ ...without(environment, variable) }));
      expect(outcome, `${variable} makes no difference`).not.toEqual(whole);
    }
  });

  test.each(workloads)(
    '%s calls those that it is to call, by its own key',
    (name, { calls = [], caller }) => {
      const environment = environmentOf(name);
      const known = Object.values(targetVariables).filter((variable) => variable in environment);
      expect(known.toSorted()).toEqual(calls.map((callee) => targetVariables[callee]).toSorted());
      for (const callee of calls) {
        const port = workloads.find(([other]) => other === callee)?.[1].port ?? 0;
        expect(environment[targetVariables[callee] ?? '']).toBe(`${callee}:${port}`);
        expect(pairs(environmentOf(callee)['CALLER_KEYS']).get(caller ?? '')).toBe(
          environment['SERVICE_KEY'],
        );
      }
    },
  );

  test.each(workloads)('%s knows the keys of those who call it, and of nobody else', (name) => {
    const callers = workloads.filter(([, { calls = [] }]) => calls.includes(name)).map(([caller]) => caller);
    const known = environmentOf(name)['CALLER_KEYS'];
    const isServed = name !== 'gateway' && callers.length > 0;
    expect(known === undefined ? [] : [...pairs(known).keys()].toSorted()).toEqual(
      isServed ? callers.toSorted() : [],
    );
  });

  test.each(workloads)('%s reaches the stores that it uses', (name, { stores, database }) => {
    const { NATS_URL, REDIS_ADDR, MONGO_URI } = environmentOf(name);
    expect(NATS_URL).toBe(stores.includes('nats') ? 'nats://nats:4222' : undefined);
    expect(REDIS_ADDR).toBe(stores.includes('redis') ? 'redis:6379' : undefined);
    expect(MONGO_URI === undefined).toBe(database === undefined);
    if (MONGO_URI === undefined) return;
    const { host, username, password, search } = new URL(MONGO_URI);
    expect([host, username, search]).toEqual([
      environmentOf('mongodb-setup')['MONGO_MEMBERS'],
      `tradewind_${database ?? ''}`,
      '?replicaSet=rs0&authSource=admin',
    ]);
    expect(pairs(environmentOf('mongodb-setup')['MONGO_OWNERS']).get(username)).toBe(password);
  });

  test('the command line reads the books as a user who may only read', () => {
    const { username, password } = new URL(environmentOf('cli')['MONGO_URI'] ?? '');
    expect(pairs(environmentOf('mongodb-setup')['MONGO_READERS']).get(username)).toBe(password);
    expect(environmentOf('cli')['TRADEWIND_PASSWORD']).toBe(environmentOf('user')['ADMIN_PASSWORD']);
  });
});

describe('the stores', () => {
  test.each(['mongodb', 'nats', 'redis'] as const)('%s is the image that the chart runs', (name) => {
    const { repository: image, tag } = values[name].image;
    expect(services[name]?.image).toBe(`${image}:${tag}`);
  });

  test('mongod is started as the chart starts it', async () => {
    const [line = ''] = services['mongodb']?.command ?? [];
    const template = await readText(`${chart}/templates/mongodb.yaml`);
    const fixed = [...template.matchAll(/^ +- (--\S+)$/gm)].map(([, option = '']) => option);
    const options = fixed.filter((option) => !/\{\{|keyFile|tls/i.test(option));
    expect(options.length).toBeGreaterThan(5);
    for (const option of options) expect(line).toContain(` ${option} `.trimEnd());
    expect(line).toMatch(/^umask 377 .* exec mongod .*--keyFile=\/tmp\/keyfile/s);
    expect(environmentOf('mongodb')['MONGO_KEY']).toBe(environmentOf('mongodb-setup')['MONGO_KEY']);
  });

  test('ask for the passwords that the processes have', () => {
    const { NATS_USER = '', NATS_PASSWORD = '', REDIS_PASSWORD = '' } = environmentOf('gateway');
    expect(services['nats']?.command).toContain(`--user=${NATS_USER}`);
    expect(services['nats']?.command).toContain(`--pass=${NATS_PASSWORD}`);
    expect(services['redis']?.command?.join(' ')).toContain(`--requirepass ${REDIS_PASSWORD}`);
  });

  test('keep their data in volumes that there are', () => {
    const used = Object.values(services).flatMap((service) => service.volumes ?? []);
    expect(used.map((volume) => volume.split(':')[0]).toSorted()).toEqual(Object.keys(volumes).toSorted());
  });
});

test.each(Object.entries(services))('%s runs with as little as it can', (_name, service) => {
  expect(service.read_only).toBe(true);
  expect(service.tmpfs).toEqual(['/tmp']);
  expect(service.cap_drop).toEqual(['ALL']);
  expect(service.security_opt).toEqual(['no-new-privileges:true']);
  expect(service.image).toMatch(/:[\w.-]+$/);
  expect(service.image).not.toMatch(/:latest$/);
  for (const port of service.ports ?? []) expect(port).toMatch(/^127\.0\.0\.1:\d+:\d+$/);
  for (const other of service.depends_on ?? []) expect(services).toHaveProperty([other]);
});

test('the shop and its mails are where .env says', () => {
  const { SMTP_HOST = '' } = environmentOf('notification');
  expect(services['gateway']?.ports).toEqual([`127.0.0.1:${tried['GATEWAY_PORT'] ?? ''}:8080`]);
  expect(services[SMTP_HOST]?.ports).toEqual([`127.0.0.1:${tried['MAIL_PAGE_PORT'] ?? ''}:8025`]);
});
