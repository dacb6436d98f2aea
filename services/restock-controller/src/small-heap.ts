import { setFlagsFromString } from 'node:v8';

/**
 * Has V8 collect garbage while there is little of it; by itself it waits for as much as the machine has room for. To be
 * called once everything is loaded: what is compiled under other flags is of no use to the processes that share the
 * compile cache.
 */
export function keepHeapSmall(): void {
  setFlagsFromString('--optimize-for-size');
}
