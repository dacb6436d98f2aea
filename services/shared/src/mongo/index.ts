export { connectMongo, type Mongo } from './connect.ts';
export { decodePageToken, encodePageToken, pageSize } from './cursor.ts';
export { isDuplicateKey, mongoFailure } from './failures.ts';
export { migrate, type MigrateOptions, type Migration } from './migrate.ts';
export { ContentionError, transact } from './transact.ts';
