import { setImmediate as nextTurn } from 'node:timers/promises';

/** The results of works that do not fail, as they end: those of one moment in one group of at most `max`. */
export async function* asTheyEnd<T>(works: readonly Promise<T>[], max: number): AsyncGenerator<T[]> {
  const ended: T[] = [];
  let left = works.length;
  let some = Promise.withResolvers<undefined>();
  for (const work of works) {
    void work.then((result) => {
      ended.push(result);
      some.resolve(undefined);
    });
  }
  while (left > 0) {
    await some.promise;
    // After all that end in this turn of the event loop.
    await nextTurn();
    some = Promise.withResolvers();
    while (ended.length > 0) {
      const group = ended.splice(0, max);
      left -= group.length;
      yield group;
    }
  }
}
