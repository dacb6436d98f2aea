import { deadLetterHeaders } from '@tradewind/shared/nats';
import { headers, type MsgHdrs, type StoredMsg } from 'nats';

/** What a consumer gave up on, as it lies in the stream DEAD. */
export interface DeadLetter {
  /** Its place in DEAD. */
  readonly sequence: number;
  /** Where it was published. */
  readonly subject: string;
  readonly stream: string;
  /** Its place in that stream. */
  readonly originalSequence: number;
  readonly consumer: string;
  readonly reason: string;
  readonly deliveries: string;
  readonly deadSince: Date;
  /** What of the message is not in the letter, which then cannot be put back; '' when all of it is. */
  readonly omitted: string;
  readonly body: Uint8Array;
  /** Those that its first publisher gave it. */
  readonly headers: MsgHdrs;
}

/** Undefined when the message does not say where it came from. */
export function parseDeadLetter({ seq, header, data, time }: StoredMsg): DeadLetter | undefined {
  const subject = header.get(deadLetterHeaders.subject);
  const stream = header.get(deadLetterHeaders.stream);
  const originalSequence = Number(header.get(deadLetterHeaders.sequence));
  if (subject === '' || stream === '' || !Number.isSafeInteger(originalSequence) || originalSequence < 1) {
    return undefined;
  }
  return {
    sequence: seq,
    subject,
    stream,
    originalSequence,
    consumer: header.get(deadLetterHeaders.consumer),
    reason: header.get(deadLetterHeaders.reason),
    deliveries: header.get(deadLetterHeaders.deliveries),
    deadSince: time,
    omitted: header.get(deadLetterHeaders.omitted),
    body: data,
    headers: originalHeaders(header),
  };
}

/** Without those about the death, and those that tell the server how to publish. */
function originalHeaders(header: MsgHdrs): MsgHdrs {
  const kept = headers();
  for (const [name, values] of header) {
    if (/^(tradewind|nats)-/i.test(name)) continue;
    for (const value of values) kept.append(name, value);
  }
  return kept;
}
