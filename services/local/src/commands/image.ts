import { buildTradewind } from '../images/index.ts';

/** Builds Tradewind's image, and says where it is. */
export async function image(options: { readonly dir: string }, print: (line: string) => void): Promise<void> {
  const { archive } = await buildTradewind({ ...options, print });
  print(archive);
}
