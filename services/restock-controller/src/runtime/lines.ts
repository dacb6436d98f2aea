import { StringDecoder } from 'node:string_decoder';

/** The lines of a stream of UTF-8 bytes, without an unfinished last one. `onBytes` is called whenever some came. */
export async function* lines(bytes: AsyncIterable<unknown>, onBytes: () => void): AsyncGenerator<string> {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  for await (const chunk of bytes) {
    onBytes();
    const parts = (rest + decoder.write(chunk as Buffer)).split('\n');
    rest = parts.pop() ?? '';
    for (const line of parts) if (line !== '') yield line;
  }
}
