import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Collection, Db } from 'mongodb';
import type { Logger } from '../telemetry/index.ts';
import { isDuplicateKey } from './failures.ts';

/** One step of the schema. Steps are never edited once released: add the next one. They may run twice. */
export interface Migration {
  /** 1, 2, 3 … */
  readonly version: number;
  readonly name: string;
  readonly up: (db: Db) => Promise<void>;
}

interface SchemaDocument {
  readonly _id: 'schema';
  readonly version: number;
  readonly lockedBy?: string;
  readonly lockedUntil?: Date;
}

export interface MigrateOptions {
  /** How long after a crash in a migration another replica takes over. The lock is renewed while a migration runs. */
  readonly lockMs?: number;
}

/**
 * Brings a database to the newest schema that this process knows; replicas that start together take turns under a lock
 * document. A newer schema is left alone: changes expand first and contract a release later.
 */
export async function migrate(
  db: Db,
  migrations: readonly Migration[],
  log: Logger,
  { lockMs = 60_000 }: MigrateOptions = {},
): Promise<void> {
  const schema = db.collection<SchemaDocument>('schema');
  const newest = Math.max(0, ...migrations.map(({ version }) => version));
  await schema
    .updateOne({ _id: 'schema' }, { $setOnInsert: { version: 0 } }, { upsert: true })
    .catch(ignoreDuplicate);
  for (;;) {
    const current = await schema.findOne({ _id: 'schema' });
    if (current && current.version >= newest) return;
    await using lock = await takeLock(schema, lockMs);
    if (!lock) {
      await delay(Math.min(200, lockMs));
      continue;
    }
    for (const { version, name, up } of pending(migrations, lock.version)) {
      await up(db);
      const { matchedCount } = await schema.updateOne(lock.held, { $set: { version } });
      // This process stood still for so long that another took over.
      if (matchedCount === 0) break;
      log.info({ version, migration: name }, 'migrated');
    }
  }
}

interface Lock extends AsyncDisposable {
  /** The schema when the lock was taken. */
  readonly version: number;
  /** Matches the schema document while the lock is held. */
  readonly held: { readonly _id: 'schema'; readonly lockedBy: string };
}

/** The lock, renewed until it is disposed of; undefined when another process has it. All times are the database's. */
async function takeLock(schema: Collection<SchemaDocument>, lockMs: number): Promise<Lock | undefined> {
  const held = { _id: 'schema', lockedBy: randomUUID() } as const;
  const lockedUntil = { $add: ['$$NOW', lockMs] };
  const taken = await schema.findOneAndUpdate(
    {
      _id: 'schema',
      $or: [{ lockedUntil: { $exists: false } }, { $expr: { $lt: ['$lockedUntil', '$$NOW'] } }],
    },
    [{ $set: { lockedBy: held.lockedBy, lockedUntil } }],
    { returnDocument: 'after' },
  );
  if (!taken) return undefined;
  const renewal = setInterval(() => {
    // A renewal that fails is tried again before the lock ends.
    schema.updateOne(held, [{ $set: { lockedUntil } }]).catch(() => undefined);
  }, lockMs / 4);
  return {
    version: taken.version,
    held,
    async [Symbol.asyncDispose]() {
      clearInterval(renewal);
      await schema.updateOne(held, { $unset: { lockedBy: '', lockedUntil: '' } });
    },
  };
}

const pending = (migrations: readonly Migration[], version: number) =>
  migrations.filter((migration) => migration.version > version).sort((a, b) => a.version - b.version);

function ignoreDuplicate(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}
