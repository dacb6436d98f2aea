import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { readLocalConfig } from '../config.ts';
import { type Profile, writeProfile } from '../platform/profile.ts';
import type { Restocking } from '../platform/restocking.ts';
import { Program } from '../processes/program.ts';
import { follow } from './follow.ts';

const profile: Profile = { url: '', login: '', password: '', mail_url: '', nats_url: '', mongo_url: '' };

test('what is reported once Kubernetes is ready, such as a restart, leaves it ready', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'tradewind-follow-'));
  await writeProfile(dir, profile);
  const ready = Promise.withResolvers<(line: string) => void>();
  const printed: string[] = [];
  const print = (line: string) => {
    printed.push(line);
    if (line.includes('Kubernetes is ready')) ready.resolve(report);
  };
  let report: (line: string) => void = () => undefined;
  const following = await follow({ ...readLocalConfig({}), dir }, print, (progress) => {
    report = progress;
    progress('  ✓ etcd   1.0 s');
    return Promise.resolve(restocking(dir));
  });
  (await ready.promise)('etcd ended (SIGKILL); it is started again in 1 s');
  await following[Symbol.asyncDispose]();
  expect(printed.at(-1)).toContain('started again');
  const { kubernetes } = JSON.parse(await readFile(join(dir, 'profile.json'), 'utf8')) as Profile;
  expect(kubernetes).toEqual({ state: 'ready', kubectl: join(dir, 'kubectl') });
  await rm(dir, { recursive: true });
});

/** One whose controller was never started. */
function restocking(dir: string): Restocking {
  const controller = new Program({
    name: 'restock-controller',
    logFile: join(dir, 'restock-controller.log'),
    command: { file: process.execPath, args: [] },
    ready: () => Promise.resolve(),
  });
  return {
    ...{
      kubeconfig: join(dir, 'kubeconfig'),
      kubectl: join(dir, 'kubectl'),
      kubernetes: undefined,
      controller,
    },
    [Symbol.asyncDispose]: () => controller[Symbol.asyncDispose](),
  };
}
