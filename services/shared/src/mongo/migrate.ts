import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { Db } from 'mongodb';
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

const lockMs = 60_000;

/**
 * Brings a database to the newest schema that this process knows; replicas that start together take turns under a lock
 * document. A newer schema is left alone: changes expand first and contract a release later.
 */
export async function migrate(db: Db, migrations: readonly Migration[], log: Logger): Promise<void> {
  const schema = db.collection<SchemaDocument>('schema');
  const newest = Math.max(0, ...migrations.map(({ version }) => version));
  await schema
    .updateOne({ _id: 'schema' }, { $setOnInsert: { version: 0 } }, { upsert: true })
    .catch(ignoreDuplicate);
  const owner = randomUUID();
  for (;;) {
    const current = await schema.findOne({ _id: 'schema' });
    if (current && current.version >= newest) return;
    const now = new Date();
    const locked = await schema.findOneAndUpdate(
      { _id: 'schema', $or: [{ lockedUntil: { $exists: false } }, { lockedUntil: { $lt: now } }] },
      { $set: { lockedBy: owner, lockedUntil: new Date(now.getTime() + lockMs) } },
      { returnDocument: 'after' },
    );
    if (!locked) {
      await delay(200);
      continue;
    }
    try {
      for (const migration of pending(migrations, locked.version)) {
        await migration.up(db);
        await schema.updateOne({ _id: 'schema', lockedBy: owner }, { $set: { version: migration.version } });
        log.info({ version: migration.version, migration: migration.name }, 'migrated');
      }
    } finally {
      await schema.updateOne(
        { _id: 'schema', lockedBy: owner },
        { $unset: { lockedBy: '', lockedUntil: '' } },
      );
    }
  }
}

const pending = (migrations: readonly Migration[], version: number) =>
  migrations.filter((migration) => migration.version > version).sort((a, b) => a.version - b.version);

function ignoreDuplicate(error: unknown): void {
  if (!isDuplicateKey(error)) throw error;
}
