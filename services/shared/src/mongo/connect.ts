import { MongoClient, type Db } from 'mongodb';
import { keepTrying } from '../run/index.ts';
import type { Logger } from '../telemetry/index.ts';

export interface Mongo extends AsyncDisposable {
  readonly client: MongoClient;
  readonly db: Db;
}

export interface MongoTimeouts {
  /** How long a call waits for a database that is away. */
  readonly selectionMs?: number | undefined;
  /** An unanswered command is an unknown outcome after this long; the caller hears 503 and repeats. */
  readonly commandMs?: number | undefined;
}

const retryMs = 250;

/**
 * Resolves when the database is there and lets this process in, however long that takes: with a new replica set, its primary
 * and its users come later. Writes are majority and journaled: what was acknowledged survives the loss of any one member.
 */
export async function connectMongo(
  uri: string,
  database: string,
  log: Logger,
  { selectionMs = 1_000, commandMs = 15_000 }: MongoTimeouts = {},
): Promise<Mongo> {
  const client = new MongoClient(uri, {
    appName: database,
    writeConcern: { w: 'majority', journal: true },
    readConcern: { level: 'majority' },
    retryWrites: true,
    // So short that a client's repeats of an idempotent call all end before its deadline, with a 503 that says when to retry.
    serverSelectionTimeoutMS: selectionMs,
    connectTimeoutMS: 3_000,
    socketTimeoutMS: commandMs,
    maxPoolSize: 50,
    ignoreUndefined: true,
  });
  await keepTrying({ name: 'mongodb', pauseMs: retryMs, log }, () => client.connect());
  return {
    client,
    db: client.db(database),
    [Symbol.asyncDispose]: () => client.close(),
  };
}
