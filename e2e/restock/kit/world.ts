import { type Access, type AccessOptions, openAccess } from './access.ts';
import {
  type Controller,
  type ControllerOptions,
  type ControllerProcess,
  controllerProcess,
  startController,
} from './controller.ts';
import { Load } from './load.ts';
import type { Stage } from './stage.ts';

const hourMs = 3_600_000;

/** A namespace with people who restock there, and the controllers that watch it. */
export interface World extends AsyncDisposable {
  readonly stage: Stage;
  readonly namespace: string;
  readonly load: Load;
  /** Those that ought to be at work. */
  readonly controllers: readonly Controller[];
  readonly openAccess: (options?: AccessOptions) => Promise<Access>;
  /** Starts one in this process, by a clock that stands still some hours from now: each hourly schedule is due once. */
  readonly startController: (
    environment?: NodeJS.ProcessEnv,
    options?: WorldController,
  ) => Promise<Controller>;
  /** A process of its own, not started yet. */
  readonly controllerProcess: (
    environment?: Readonly<Record<string, string>>,
    entry?: string,
  ) => Promise<ControllerProcess>;
}

export interface WorldController extends ControllerOptions {
  /** By default a new one. */
  readonly access?: Access;
}

export async function openWorld(stage: Stage): Promise<World> {
  await using stack = new AsyncDisposableStack();
  const namespace = `world-${crypto.randomUUID().slice(0, 8)}`;
  await stage.admin.request({
    ...{ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: namespace } } },
  });
  const stands = new Date(Math.ceil(Date.now() / hourMs + 2) * hourMs + hourMs / 2);
  const controllers: Controller[] = [];
  const open = stack.move();
  const newAccess = async (options?: AccessOptions) => open.use(await openAccess(stage, namespace, options));
  const add = <T extends Controller>(controller: T): T => {
    controllers.push(open.use(controller));
    return controller;
  };
  return {
    ...{ stage, namespace, controllers, load: new Load(stage, namespace) },
    openAccess: newAccess,
    startController: async (environment = {}, { access, ...options } = {}) =>
      add(
        await startController(access ?? (await newAccess()), environment, { now: () => stands, ...options }),
      ),
    controllerProcess: async (environment = {}, entry) =>
      add(await controllerProcess(await newAccess(), stage.kubernetes.dir, environment, entry)),
    [Symbol.asyncDispose]: () => open.disposeAsync(),
  };
}
