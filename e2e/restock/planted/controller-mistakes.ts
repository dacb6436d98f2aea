import { type Adapters, startRestockController } from '@tradewind/restock-controller/parts/app.ts';
import type { RestockSpec } from '@tradewind/restock-controller/parts/product-restock.ts';
import { ApiError } from '@tradewind/restock-controller/parts/runtime/api-error.ts';
import { lean } from '@tradewind/restock-controller/parts/runtime/resource.ts';

type Start = typeof startRestockController;

const controllerFrom =
  (mistake: Partial<Adapters>): Start =>
  (config, log, options) =>
    startRestockController(config, log, { ...options, ...mistake });

/** The source says which process asks: as long as there is only one, it counts right. */
export const keyedByProcess = controllerFrom({
  inventory: ({ counter, product, restock }) => {
    const own = crypto.randomUUID();
    const ofProcess = (source: string) => `${source}@${own}`;
    return {
      product,
      counter: (source) => counter(ofProcess(source)),
      restock: (source, ...rest) => restock(ofProcess(source), ...rest),
    };
  },
});

/** That the API server has forgotten a point is taken for an outage, and the watch goes on from there for ever. */
export const withoutRelist = controllerFrom({
  api: (api) => ({
    request: (request) => api.request(request),
    async *watch<T>(request: Parameters<typeof api.watch>[0]) {
      for await (const event of api.watch<T>(request)) {
        if (event.type === 'ERROR') throw new ApiError(500, {});
        yield event;
      }
    },
  }),
});

/** A delivery is known by its resource's uid alone. */
export const withoutReference = controllerFrom({
  keep: (resource) => {
    const fields = Object.entries(resource.spec).filter(([field]) => field !== 'reference');
    return lean({ ...resource, spec: Object.fromEntries(fields) as unknown as RestockSpec });
  },
});

/** Who gives a watch up forgets to close it. */
export const leavingWatchesOpen = controllerFrom({
  api: (api) => ({
    request: (request) => api.request(request),
    watch: (request) => {
      const second = api.watch({ ...request, signal: new AbortController().signal });
      void second[Symbol.asyncIterator]().next();
      return api.watch(request);
    },
  }),
});
