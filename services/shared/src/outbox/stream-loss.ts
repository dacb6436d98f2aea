import type { Db } from 'mongodb';
import { ensureStream, streams as declared, type Nats, type StreamName } from '../nats/index.ts';
import type { Logger } from '../telemetry/index.ts';

export interface StreamLossOptions {
  readonly nats: Nats;
  /** Where it is kept what the streams were like, so that a loss while no replica ran is noticed as well. */
  readonly db: Db;
  readonly streams: readonly StreamName[];
  /** Makes due whatever the stream held. A crash before its end calls it again. */
  readonly onLoss: (stream: StreamName) => Promise<unknown>;
  readonly log: Logger;
}

interface StreamState {
  readonly created: string;
  readonly messages: number;
  /** The last sequence when the stream was found empty; 0 when it was not. */
  readonly emptyAt: number;
}

/** Makes missing streams, and notices which of them were made anew or emptied since anybody looked. */
export async function noticeStreamLoss({ nats, db, streams, onLoss, log }: StreamLossOptions): Promise<void> {
  const known = db.collection<StreamState & { readonly _id: StreamName }>('streams');
  const admin = await nats.admin();
  for (const stream of streams) {
    // Before the stream, so that what another replica sees meanwhile does not look like a loss.
    const before = await known.findOne({ _id: stream });
    const created = await ensureStream(admin, stream, nats.streamReplicas);
    const { state, config } = await admin.streams.info(stream);
    const { messages, last_seq: last } = state;
    const now = { created, messages, emptyAt: messages === 0 ? last : 0 };
    const isFull = state.bytes > 0.9 * config.max_bytes;
    const isLost = before !== null && wasLost(stream, before, now, isFull);
    if (isLost) {
      log.warn({ stream }, 'the stream was lost: what it held is due again');
      await onLoss(stream);
    }
    const hasChanged = keepsLastValues(stream) && messages !== before?.messages;
    if (before === null || isLost || hasChanged) {
      await known.updateOne({ _id: stream }, { $set: now }, { upsert: true });
    }
  }
}

/**
 * Only a purge empties a stream. One of last values never shrinks until it is full, when it discards the oldest; others
 * lose old messages in their time.
 */
function wasLost(stream: StreamName, before: StreamState, now: StreamState, isFull: boolean): boolean {
  const isEmptied = now.emptyAt > before.emptyAt;
  const isShrunk = keepsLastValues(stream) && !isFull && now.messages < before.messages;
  return now.created !== before.created || isEmptied || isShrunk;
}

const keepsLastValues = (stream: StreamName): boolean => 'maxPerSubject' in declared[stream];
