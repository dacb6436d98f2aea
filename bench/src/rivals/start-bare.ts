import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Program } from '@tradewind/local/platform';
import { openConnection } from '../load/exchange.ts';

const entry = fileURLToPath(new URL('./bare-server.ts', import.meta.url));

/** A bare fastify server in a process of its own, which answers these bodies by product id, and `list`. */
export async function startBareServer(
  dir: string,
  port: number,
  bodies: ReadonlyMap<string, string>,
): Promise<Program> {
  const file = join(dir, 'bodies.json');
  await writeFile(file, JSON.stringify(Object.fromEntries(bodies)));
  const program = new Program({
    name: 'bare-fastify',
    logFile: join(dir, 'logs', 'bare-fastify.log'),
    command: { file: process.execPath, args: [entry, String(port), file] },
    ready: async (signal) => {
      for (;;) {
        signal.throwIfAborted();
        const connection = await openConnection(port).catch(() => undefined);
        if (connection) {
          connection[Symbol.dispose]();
          return;
        }
        await new Promise(setImmediate);
      }
    },
  });
  await program.start();
  return program;
}
