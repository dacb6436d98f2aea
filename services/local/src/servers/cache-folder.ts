import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where this user's downloads and compiled code are kept between runs, for all clones together. */
export function cacheFolder(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'tradewind');
}
