import { count, duration, gauge } from '@tradewind/shared/telemetry';
import type { Api } from './runtime/api-client.ts';
import { ApiError } from './runtime/api-error.ts';
import type { Result } from './runtime/controller.ts';
import type { QueueListener } from './runtime/work-queue.ts';

/** The names and labels of controller-runtime and client-go, so that their dashboards and alerts fit. */
const instruments = {
  reconciles: count('controller_runtime_reconcile_total', 'Reconciles by result'),
  errors: count('controller_runtime_reconcile_errors_total', 'Reconciles that failed'),
  reconcileTime: duration('controller_runtime_reconcile_time_seconds', 'How long a reconcile takes'),
  active: gauge('controller_runtime_active_workers', 'Workers that reconcile now'),
  workers: gauge('controller_runtime_max_concurrent_reconciles', 'How many workers there are'),
  depth: gauge('workqueue_depth', 'Keys that wait for a worker'),
  adds: count('workqueue_adds_total', 'Keys that were added'),
  retries: count('workqueue_retries_total', 'Keys that were added after a failure'),
  waited: duration('workqueue_queue_duration_seconds', 'How long a key waits'),
  worked: duration('workqueue_work_duration_seconds', 'How long a key is in work'),
  master: gauge('leader_election_master_status', 'Whether this process leads'),
  requests: count('rest_client_requests_total', 'Requests to the Kubernetes API by status'),
};

const controller = { controller: 'productrestock' };
const queue = { ...controller, name: 'productrestock' };

/** Counts each request; one that was not answered has the code `<error>`, as in client-go. */
export function measuredApi(api: Api): Api {
  const counted = (method: string, code: number | string) => {
    instruments.requests().add(1, { method, code: String(code) });
  };
  const codeOf = (error: unknown) => (error instanceof ApiError ? error.status : '<error>');
  return {
    async request<T>(request: Parameters<Api['request']>[0]): Promise<T> {
      const { method = 'GET' } = request;
      try {
        const answer = await api.request<T>(request);
        counted(method, method === 'POST' ? 201 : 200);
        return answer;
      } catch (error) {
        counted(method, codeOf(error));
        throw error;
      }
    },
    async *watch<T>(request: Parameters<Api['watch']>[0]) {
      try {
        yield* api.watch<T>(request);
        counted('GET', 200);
      } catch (error) {
        counted('GET', codeOf(error));
        throw error;
      }
    },
  };
}

/** @param workers how many there are */
export function reconcileMetrics(workers: number): (result: Result, seconds: number) => void {
  instruments.workers().record(workers, controller);
  instruments.active().record(0, controller);
  instruments.errors().add(0, controller);
  for (const result of ['success', 'requeue_after', 'error']) {
    instruments.reconciles().add(0, { ...controller, result });
  }
  return (result, seconds) => {
    instruments.reconciles().add(1, { ...controller, result });
    instruments.reconcileTime().record(seconds, controller);
    if (result === 'error') instruments.errors().add(1, controller);
  };
}

export function queueMetrics(): QueueListener {
  const addedAt = new Map<string, number>();
  const takenAt = new Map<string, number>();
  const show = () => {
    instruments.depth().record(addedAt.size, queue);
    instruments.active().record(takenAt.size, controller);
  };
  const sinceIn = (times: Map<string, number>, key: string) => {
    const since = times.get(key) ?? performance.now();
    times.delete(key);
    return (performance.now() - since) / 1000;
  };
  instruments.adds().add(0, queue);
  instruments.retries().add(0, queue);
  show();
  return {
    added: (key) => {
      addedAt.set(key, performance.now());
      instruments.adds().add(1, queue);
      show();
    },
    taken: (key) => {
      instruments.waited().record(sinceIn(addedAt, key), queue);
      takenAt.set(key, performance.now());
      show();
    },
    finished: (key) => {
      instruments.worked().record(sinceIn(takenAt, key), queue);
      show();
    },
    retried: () => {
      instruments.retries().add(1, queue);
    },
  };
}

/** @param lease the name of the Lease */
export function showLeading(lease: string, leading: boolean): void {
  instruments.master().record(leading ? 1 : 0, { name: lease });
}
