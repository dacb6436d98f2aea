import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { httpReady, Program } from '@tradewind/local/platform';
import { freePort } from '@tradewind/local/servers';
import { type RestockOptions, startRestockController } from '@tradewind/restock-controller/parts/app.ts';
import { readRestockConfig } from '@tradewind/restock-controller/parts/config.ts';
import { createLogger } from '@tradewind/shared/telemetry';
import type { Access } from './access.ts';

/** A controller at work, and its way to the others. */
export interface Controller extends AsyncDisposable {
  readonly access: Access;
  /** What went wrong with it as a whole, such as that its process has ended by itself. */
  readonly crashes: () => readonly string[];
}

export interface ControllerProcess extends Controller {
  readonly program: Program;
}

/** Composes and starts a controller: the product's own root, or one with a mistake in it. */
export type Root = typeof startRestockController;

export interface ControllerOptions extends RestockOptions {
  /** By default the product's own. */
  readonly root?: Root;
}

/** In this process, where an error that nobody catches fails the test run. */
export async function startController(
  access: Access,
  environment: NodeJS.ProcessEnv,
  { root = startRestockController, ...options }: ControllerOptions = {},
): Promise<Controller> {
  const config = readRestockConfig({ ...access.environment, ...environment });
  const running = await root(config, createLogger('restock-controller', 'silent'), options);
  return { access, crashes: () => [], [Symbol.asyncDispose]: () => running[Symbol.asyncDispose]() };
}

const realEntry = fileURLToPath(import.meta.resolve('@tradewind/restock-controller/parts/main.ts'));

/**
 * A controller as a container runs it, not started yet.
 *
 * @param dir where it logs, and keeps compiled code from one start to the next
 * @param entry the file that runs it
 */
export async function controllerProcess(
  access: Access,
  dir: string,
  environment: Readonly<Record<string, string>>,
  entry = realEntry,
): Promise<ControllerProcess> {
  const port = await freePort();
  const program = new Program({
    name: 'restock-controller',
    logFile: join(dir, `controller-${port}.log`),
    command: {
      file: process.execPath,
      args: [entry],
      env: {
        ...{ PATH: process.env['PATH'] ?? '', NODE_COMPILE_CACHE: join(dir, 'compiled') },
        ...{ HOST: '127.0.0.1', METRICS_PORT: String(port), ...access.environment, ...environment },
      },
    },
    ready: httpReady(`http://127.0.0.1:${port}/readyz`),
  });
  const crashes: string[] = [];
  program.onCrash((how) => {
    // What the test itself has done is no crash.
    if (how !== 'SIGKILL') crashes.push(`the controller ended with ${how}`);
  });
  return {
    access,
    program,
    crashes: () => crashes,
    [Symbol.asyncDispose]: () => program[Symbol.asyncDispose](),
  };
}
