export { connectMongo, type Mongo } from './connect.ts';
export { decodePageToken, encodePageToken, pageSize } from './cursor.ts';
export { isDuplicateKey, isWriteConflict, mongoFailure } from './failures.ts';
export { migrate, type MigrateOptions, type Migration } from './migrate.ts';
export { transact } from './transact.ts';
