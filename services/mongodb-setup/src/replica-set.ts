import type { Logger } from '@tradewind/shared/telemetry';
import { type Db, MongoServerError } from 'mongodb';
import { connectMember, connectPrimary } from './clients.ts';
import type { SetupConfig } from './config.ts';

interface ReplicaSetConfig {
  readonly _id: string;
  readonly version: number;
  readonly members: readonly { readonly _id: number; readonly host: string }[];
}

/**
 * Initiates the replica set where no member has one yet, and adds the members that it lacks, one by one. None is ever
 * removed: that decides over data, and is a person's to do.
 */
export async function joinMembers(config: SetupConfig, log: Logger): Promise<void> {
  const answers = await Promise.allSettled(config.members.map((host) => configAt(host, config)));
  const inSet = answers.some((answer) => answer.status === 'fulfilled' && answer.value !== undefined);
  if (!inSet) {
    const failed = answers.find((answer) => answer.status === 'rejected');
    if (failed) throw failed.reason;
    await initiate(config, log);
  }
  await addMissing(config, log);
}

/** With all members at once: MongoDB then asks each of them, and refuses when one is away or already in a set. */
async function initiate(config: SetupConfig, log: Logger): Promise<void> {
  const [first = ''] = config.members;
  await using client = await connectMember(first, config);
  const members = config.members.map((host, _id) => ({ _id, host }));
  await client.db('admin').command({ replSetInitiate: { _id: config.replicaSet, members } });
  log.info({ members: config.members }, 'replica set initiated');
}

async function addMissing(config: SetupConfig, log: Logger): Promise<void> {
  await using client = await connectPrimary(config);
  const admin = client.db('admin');
  for (;;) {
    const current = await configOf(admin);
    const host = config.members.find((wanted) => !current?.members.some((member) => member.host === wanted));
    if (current === undefined || host === undefined) return;
    const _id = Math.max(...current.members.map((member) => member._id)) + 1;
    const members = [...current.members, { _id, host }];
    await admin.command({
      replSetReconfig: { ...current, version: current.version + 1, members },
    });
    log.info({ host }, 'member added');
  }
}

async function configAt(host: string, config: SetupConfig): Promise<ReplicaSetConfig | undefined> {
  await using client = await connectMember(host, config);
  return await configOf(client.db('admin'));
}

async function configOf(admin: Db): Promise<ReplicaSetConfig | undefined> {
  try {
    return (await admin.command({ replSetGetConfig: 1 }))['config'] as ReplicaSetConfig;
  } catch (error) {
    if (error instanceof MongoServerError && error.codeName === 'NotYetInitialized') return undefined;
    throw error;
  }
}
