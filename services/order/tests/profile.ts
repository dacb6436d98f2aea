import type { Mongo } from '@tradewind/shared/mongo';

interface ProfiledCommand {
  readonly op: string;
  readonly planSummary: string;
  readonly hasSortStage?: boolean;
}

/** What the server does on a collection for this work, in turn. */
export async function profile(
  { db }: Mongo,
  collection: string,
  work: () => Promise<void>,
): Promise<ProfiledCommand[]> {
  const since = new Date();
  await db.setProfilingLevel('all');
  await work();
  await db.setProfilingLevel('off');
  return await db
    .collection<ProfiledCommand & { readonly ns: string; readonly ts: Date }>('system.profile')
    .find({ ns: `${db.databaseName}.${collection}`, ts: { $gte: since } })
    .toArray();
}
