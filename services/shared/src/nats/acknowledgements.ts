import {
  createInbox,
  ErrorCode,
  NatsError,
  type ApiError,
  type Msg,
  type MsgHdrs,
  type NatsConnection,
  type PubAck,
} from 'nats';
import { answerMs } from './connect.ts';

/** Publishes to a stream; resolves when JetStream has stored the message. @throws NatsError */
export type PublishAcknowledged = (subject: string, body: string, headers: MsgHdrs) => Promise<PubAck>;

interface Unanswered {
  readonly deadline: number;
  readonly resolve: (answer: Msg) => void;
  readonly reject: (error: Error) => void;
}

/**
 * Hears the answers to all publications over one subscription, and looks for those that are late with one timer. The
 * library makes a request of each, with a timer and an error of its own, which costs twice the CPU time.
 */
export function acknowledgedPublisher(connection: NatsConnection): PublishAcknowledged {
  const inbox = `${createInbox()}.`;
  /** By the end of the reply subject, the oldest first. */
  const unanswered = new Map<string, Unanswered>();
  let published = 0;
  let timer: NodeJS.Timeout | undefined;
  let isListening = false;

  function take(token: string): Unanswered | undefined {
    const publication = unanswered.get(token);
    unanswered.delete(token);
    return publication;
  }

  function giveUp(until: number, error = NatsError.errorForCode(ErrorCode.Timeout)): void {
    for (const [token, { deadline }] of unanswered) {
      if (deadline > until) break;
      take(token)?.reject(error);
    }
  }

  /** The server may refuse it, which ends it; the next publication tries again. */
  function listen(): void {
    isListening = true;
    connection.subscribe(`${inbox}*`, {
      callback(refusal, answer) {
        if (refusal) {
          isListening = false;
          giveUp(Infinity, refusal);
        } else take(answer.subject.slice(inbox.length))?.resolve(answer);
      },
    });
  }

  function watch(): void {
    timer = setTimeout(() => {
      timer = undefined;
      giveUp(performance.now());
      if (unanswered.size > 0) watch();
    }, answerMs / 10);
  }

  void connection.closed().then(() => {
    giveUp(Infinity);
  });

  return async (subject, body, headers) => {
    const { promise, resolve, reject } = Promise.withResolvers<Msg>();
    if (!isListening) listen();
    const token = String((published += 1));
    connection.publish(subject, body, { reply: inbox + token, headers });
    unanswered.set(token, { deadline: performance.now() + answerMs, resolve, reject });
    if (!timer) watch();
    return acknowledgementOf(await promise);
  };
}

/** What a stream answers; it says `duplicate` only of duplicates. */
type Answer = Omit<PubAck, 'duplicate'> & { readonly duplicate?: boolean; readonly error?: ApiError };

/** @throws NatsError when no stream takes the subject, or the stream refuses the message */
function acknowledgementOf(answer: Msg): PubAck {
  if (answer.data.length === 0) throw NatsError.errorForCode(ErrorCode.NoResponders);
  const { error, duplicate = false, ...stored } = answer.json<Answer>();
  if (!error) return { ...stored, duplicate };
  const refusal = new NatsError(error.description, String(error.code));
  refusal.api_error = error;
  throw refusal;
}
