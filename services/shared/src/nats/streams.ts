import {
  nanos,
  RetentionPolicy,
  StorageType,
  DiscardPolicy,
  NatsError,
  type JetStreamManager,
  type StreamConfig,
} from 'nats';
import type { Nats } from './connect.ts';
import { isMissing, isUnanswered } from './failures.ts';
import { joinSubjects } from './subjects.ts';

const days = (count: number) => nanos(count * 24 * 60 * 60 * 1000);
const gibibyte = 1024 ** 3;

interface StreamDeclaration {
  readonly subjects: readonly string[];
  /** Nanoseconds; 0 keeps for ever. */
  readonly maxAge: number;
  readonly maxBytes: number;
  /** 1 keeps the last message of each subject. */
  readonly maxPerSubject?: number;
}

/**
 * All streams, declared here and nowhere else. They are doorbells: limits discard the oldest messages, because refusing
 * new ones, or waiting for a dead reader, would stop orders; what is lost is owed in a database and rung again.
 */
export const streams = {
  ORDERS: { subjects: ['order.*'], maxAge: days(7), maxBytes: gibibyte },
  STOCK: {
    subjects: ['stock.reserved', 'stock.rejected', 'stock.released'],
    maxAge: days(7),
    maxBytes: gibibyte,
  },
  PRODUCTS: { subjects: ['product.state.*'], maxAge: 0, maxBytes: gibibyte, maxPerSubject: 1 },
  LEVELS: { subjects: ['stock.level.*'], maxAge: 0, maxBytes: gibibyte, maxPerSubject: 1 },
  USERS: { subjects: ['user.*'], maxAge: days(7), maxBytes: gibibyte },
  DEAD: { subjects: ['dead.*.*'], maxAge: 0, maxBytes: gibibyte },
} as const satisfies Record<string, StreamDeclaration>;

export type StreamName = keyof typeof streams;

/**
 * Makes the stream if it is missing and brings its limits up to date. It adds subjects and takes none away: another release
 * that runs beside this one may need them. @returns when it was made, which tells a re-created one
 */
export async function ensureStream(
  admin: JetStreamManager,
  name: StreamName,
  replicas?: number,
): Promise<string> {
  const declared = configOf(name, replicas);
  try {
    const { config, created } = await admin.streams.info(name);
    const wanted = { ...declared, subjects: joinSubjects(config.subjects, declared.subjects) };
    const differs = Object.entries(wanted).some(
      ([key, value]) => JSON.stringify(config[key as keyof StreamConfig]) !== JSON.stringify(value),
    );
    if (differs) await admin.streams.update(name, wanted);
    return created;
  } catch (error) {
    if (!isMissing(error)) throw error;
    return (await admin.streams.add(declared)).created;
  }
}

/** @throws while one of the streams is away; a missing one is not, since whoever publishes makes it */
export async function streamsAnswer(admin: JetStreamManager, names: readonly StreamName[]): Promise<void> {
  for (const name of names) {
    await admin.streams.info(name).catch((error: unknown) => {
      if (!(error instanceof NatsError && error.code === '404')) throw error;
    });
  }
}

/** Publishes to a stream, and once more after making it when it seems to be missing. */
export async function publishTo<T>(nats: Nats, name: StreamName, publish: () => Promise<T>): Promise<T> {
  try {
    return await publish();
  } catch (error) {
    if (!isMissing(error) && !isUnanswered(error)) throw error;
    await ensureStream(await nats.admin(), name, nats.streamReplicas);
    return await publish();
  }
}

function configOf(
  name: StreamName,
  replicas: number | undefined,
): Partial<StreamConfig> & Pick<StreamConfig, 'name' | 'subjects'> {
  const { subjects, maxAge, maxBytes, ...rest }: StreamDeclaration = streams[name];
  return {
    name,
    subjects: [...subjects],
    storage: StorageType.File,
    retention: RetentionPolicy.Limits,
    discard: DiscardPolicy.Old,
    max_age: maxAge,
    max_bytes: maxBytes,
    max_msgs_per_subject: rest.maxPerSubject ?? -1,
    allow_direct: true,
    ...(replicas === undefined ? {} : { num_replicas: replicas }),
  };
}
