import { isMissing, type Nats } from '@tradewind/shared/nats';

/** How many messages consumers have given up on. */
export async function deadLetterCount(nats: Nats): Promise<number> {
  const admin = await nats.admin();
  try {
    return (await admin.streams.info('DEAD')).state.messages;
  } catch (error) {
    // It is made with the first one.
    if (isMissing(error)) return 0;
    throw error;
  }
}
