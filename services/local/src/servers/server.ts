import { mkdir, mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { removeFolder } from '../files.ts';
import { freePort } from '../processes/ports.ts';
import { Program } from '../processes/program.ts';
import { serverCommand, type ServerPlace } from './command-line.ts';
import { findRuntime, type Runtime } from './runtime.ts';
import type { ServerName } from './wheels.ts';

export interface ServerOptions {
  /** What messages call it; by default the name of its executable. */
  readonly name?: string;
  /** Where the server keeps its data; by default a temporary folder, removed when the server is disposed of. */
  readonly dir?: string;
  readonly logFile?: string;
  /** By default a free one. It stays the same over restarts. */
  readonly port?: number;
  /** By default found on PATH, or downloaded. */
  readonly runtime?: Runtime;
  /** Gives the start up. */
  readonly signal?: AbortSignal | undefined;
}

/** A running server of this machine. Disposing of it stops it. */
export interface Server extends AsyncDisposable {
  readonly port: number;
  readonly dir: string;
  readonly program: Program;
  stop(): Promise<void>;
  /** Sends a signal as an accident would; after SIGKILL it waits for the end. */
  kill(signal: NodeJS.Signals): Promise<void>;
  /** Starts the server again with its data, after a stop or a kill too, and waits until it is ready. */
  restart(): Promise<void>;
}

/** What is particular to one kind of server. */
export interface ServerKind {
  readonly name: ServerName;
  readonly args: (place: ServerPlace, port: number) => readonly string[];
  readonly ready: (port: number, signal: AbortSignal) => Promise<void>;
}

/** Starts a server of a kind, and waits until it is ready. */
export async function startServer(kind: ServerKind, options: ServerOptions = {}): Promise<Server> {
  await using stack = new AsyncDisposableStack();
  const runtime = options.runtime ?? (await findRuntime(kind.name));
  const dir =
    options.dir ?? stack.adopt(await mkdtemp(join(tmpdir(), `tradewind-${kind.name}-`)), removeFolder);
  const port = options.port ?? (await freePort());
  await mkdir(join(dir, 'data'), { recursive: true });
  const command = serverCommand(runtime, { name: kind.name, dir, port }, (place) => kind.args(place, port));
  const program = stack.use(
    new Program({
      name: options.name ?? kind.name,
      command,
      logFile: options.logFile ?? join(dir, `${kind.name}.log`),
      ready: (signal) => kind.ready(port, signal),
    }),
  );
  // What is thrown away needs no clean end.
  if (options.dir === undefined) stack.defer(() => program.kill('SIGKILL'));
  await program.start(options.signal);
  const resources = stack.move();
  return {
    port,
    dir,
    program,
    stop: () => program.stop(),
    kill: (signal) => program.kill(signal),
    restart: () => program.restart(),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
