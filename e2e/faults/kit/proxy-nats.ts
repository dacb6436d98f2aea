import type { Frame, Framer, Protocol } from './proxy.ts';

/** What a client publishes. An acknowledgement is a publication too, on the message's own subject. */
export interface Publication {
  readonly subject: string;
  /** With headers, if there are any. */
  readonly payload: string;
}

export const publishes =
  (subject: string) =>
  (message: Publication): boolean =>
    message.subject === subject;

/** `consumer` has finished a message of `stream`. */
export const acknowledges =
  (stream: string, consumer: string) =>
  ({ subject, payload }: Publication): boolean =>
    subject.startsWith(`$JS.ACK.${stream}.${consumer}.`) && payload === '+ACK';

/** Of the text protocol, lines and publications: a line that ends in the number of bytes that follow it. */
export const natsProtocol: Protocol<Publication> = () => ({
  fromClient: publications(),
  fromServer: (bytes) => [{ bytes, message: undefined }],
});

const lineEnd = '\r\n';

function publications(): Framer<Publication> {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Frame<Publication>[] = [];
    for (let frame = first(rest); frame; frame = first(rest)) {
      frames.push(frame);
      rest = rest.subarray(frame.bytes.length);
    }
    return frames;
  };
}

/** The first line of these bytes, with its payload; undefined until it is whole. */
function first(bytes: Buffer): Frame<Publication> | undefined {
  const end = bytes.indexOf(lineEnd);
  if (end === -1) return undefined;
  const words = bytes.toString('latin1', 0, end).split(/[ \t]+/);
  const begin = end + lineEnd.length;
  if (!/^H?PUB$/i.test(words[0] ?? '')) return { bytes: bytes.subarray(0, begin), message: undefined };
  const size = Number(words.at(-1));
  const whole = begin + size + lineEnd.length;
  if (bytes.length < whole) return undefined;
  const payload = bytes.toString('utf8', begin, begin + size);
  return { bytes: bytes.subarray(0, whole), message: { subject: words[1] ?? '', payload } };
}
