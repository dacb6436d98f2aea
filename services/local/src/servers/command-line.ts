import type { Command } from '../processes/child.ts';
import type { Runtime } from './runtime.ts';

export interface ServerPlace {
  /** The folder with the server's data, as the server sees it. */
  readonly dir: string;
  /** The address that the server binds. */
  readonly host: string;
}

/** How to run a server whose port is seen on the loopback interface only, and whose data is in `dir`. */
export function serverCommand(
  runtime: Runtime,
  server: { readonly name: string; readonly dir: string; readonly port: number },
  args: (place: ServerPlace) => readonly string[],
): Command {
  if (runtime.kind === 'executable') {
    return { file: runtime.path, args: args({ dir: server.dir, host: '127.0.0.1' }) };
  }
  const port = String(server.port);
  return {
    file: 'docker',
    args: [
      ...['run', '--rm', '--name', `tradewind-${server.name}-${port}`],
      ...['--publish', `127.0.0.1:${port}:${port}`, '--volume', `${server.dir}:/data`],
      ...['--user', `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`],
      runtime.image,
      ...[server.name, ...args({ dir: '/data', host: '0.0.0.0' })],
    ],
  };
}
