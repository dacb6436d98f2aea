export type InTurn = <T>(keys: readonly string[], work: () => Promise<T>) => Promise<T>;

/**
 * Work that shares a key runs one after another in this process, in the order of the calls: transactions on one document
 * at once would mostly abort each other. All keys are taken together, so that nobody waits in a circle.
 */
export function turns(): InTurn {
  const last = new Map<string, Promise<undefined>>();
  return async (keys, work) => {
    const { promise: done, resolve } = Promise.withResolvers<undefined>();
    const before = keys.flatMap((key) => last.get(key) ?? []);
    for (const key of keys) last.set(key, done);
    await Promise.all(before);
    try {
      return await work();
    } finally {
      for (const key of keys) if (last.get(key) === done) last.delete(key);
      resolve(undefined);
    }
  };
}
