import type { ServerUnaryCall, ServerWritableStream } from '@grpc/grpc-js';

export type Call = ServerUnaryCall<unknown, unknown> | ServerWritableStream<unknown, unknown>;

/** Calls without a deadline get this one. */
const defaultDeadlineMs = 30_000;
/** A longer timeout fires at once. */
const longestTimeoutMs = 2 ** 31 - 1;

/** The call's deadline as a signal, which also fires when the caller leaves. A stream without a deadline ends with the server. */
export function lifetime(
  call: Call,
  closing: AbortSignal,
): { signal: AbortSignal; deadline: number; release: () => void } {
  const asked = call.getDeadline();
  const fallback = 'writable' in call ? Infinity : Date.now() + defaultDeadlineMs;
  const at = asked instanceof Date ? asked.getTime() : asked;
  const deadline = Number.isFinite(at) ? at : fallback;
  const controller = new AbortController();
  const timer = Number.isFinite(deadline)
    ? setTimeout(
        () => {
          controller.abort(new DOMException('the deadline passed', 'TimeoutError'));
        },
        Math.min(Math.max(deadline - Date.now(), 0), longestTimeoutMs),
      )
    : undefined;
  const leave = () => {
    controller.abort(new DOMException('the caller went away', 'AbortError'));
  };
  call.once('cancelled', leave);
  const end = () => {
    controller.abort(closing.reason);
  };
  if (!Number.isFinite(deadline)) closing.addEventListener('abort', end, { once: true });
  return {
    signal: controller.signal,
    deadline,
    release: () => {
      clearTimeout(timer);
      // It also comes when an answered call closes, and an error with its stack costs more than the rest of the call.
      call.off('cancelled', leave);
      closing.removeEventListener('abort', end);
    },
  };
}

/** Resolves when the stream takes more. @throws what the signal aborted with */
export function drained(call: ServerWritableStream<unknown, unknown>, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    signal.throwIfAborted();
    const abort = () => {
      reject(signal.reason as Error);
    };
    signal.addEventListener('abort', abort, { once: true });
    call.once('drain', () => {
      signal.removeEventListener('abort', abort);
      resolve();
    });
  });
}
