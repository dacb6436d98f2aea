import { BSON } from 'mongodb';
import type { Frame, Framer, Protocol } from './proxy.ts';

/** A command on its way to the server, or the answer to it on its way back. */
export interface Command {
  readonly way: 'request' | 'answer';
  /** Such as `commitTransaction`, or `insert`. */
  readonly name: string;
  /** What it is about: a collection for reads and writes. */
  readonly on: unknown;
  readonly database: string;
}

/** A command that is about to be sent to the server, which has not seen it. */
export const requests =
  (name: string, on?: string) =>
  (command: Command): boolean =>
    command.way === 'request' && command.name === name && (on === undefined || command.on === on);

/** The answer to a command, which the server has carried out. */
export const answersTo =
  (name: string, on?: string) =>
  (command: Command): boolean =>
    command.way === 'answer' && command.name === name && (on === undefined || command.on === on);

const headerSize = 16;
const opMsg = 2013;

/** Of the wire protocol, messages: their length comes first, an answer names its request, a command its name first. */
export const mongoProtocol: Protocol<Command> = () => {
  const sent = new Map<number, Command>();
  return {
    fromClient: messages((bytes) => {
      const command = commandIn(bytes);
      if (command) sent.set(bytes.readInt32LE(4), command);
      return command;
    }),
    fromServer: messages((bytes) => {
      const request = bytes.readInt32LE(8);
      const command = sent.get(request);
      sent.delete(request);
      return command && { ...command, way: 'answer' };
    }),
  };
};

function messages(read: (bytes: Buffer) => Command | undefined): Framer<Command> {
  let rest = Buffer.alloc(0);
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    const frames: Frame<Command>[] = [];
    while (rest.length >= headerSize && rest.length >= rest.readInt32LE(0)) {
      const bytes = rest.subarray(0, rest.readInt32LE(0));
      frames.push({ bytes, message: read(bytes) });
      rest = rest.subarray(bytes.length);
    }
    return frames;
  };
}

/** Its document is the section of kind 0; the drivers send it first. */
function commandIn(bytes: Buffer): Command | undefined {
  const kind = headerSize + 4;
  if (bytes.readInt32LE(12) !== opMsg || bytes[kind] !== 0) return undefined;
  const size = bytes.readInt32LE(kind + 1);
  const document: Record<string, unknown> = BSON.deserialize(bytes.subarray(kind + 1, kind + 1 + size));
  const [name, on] = Object.entries(document)[0] ?? ['', undefined];
  return { way: 'request', name, on, database: String(document['$db']) };
}
