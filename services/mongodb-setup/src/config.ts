import { parsed, readConfig, secretMap, str, tlsEnv } from '@tradewind/shared/config';
import type { Users } from './users.ts';

export interface SetupConfig {
  /** `host:port` of each member that there is to be, as the members and their clients call it. */
  readonly members: readonly string[];
  readonly replicaSet: string;
  /** What is in the members' key file. Who knows it is one of them, and may do everything. */
  readonly key: string;
  /** Whether the members speak TLS. */
  readonly tls: boolean;
  readonly users: Users;
}

const addresses = parsed<readonly string[]>((text) => {
  const members = text.split(',').map((member) => member.trim());
  if (members.every((member) => /^[^\s/:@]+:\d{1,5}$/.test(member))) return members;
  throw new Error('must be host:port, with commas between them');
});

/** mongod ignores white space in its key file too. The message does not repeat the key. */
const keyFile = parsed<string>((text) => {
  const key = text.replace(/\s/g, '');
  if (/^[A-Za-z0-9+/=]{6,1024}$/.test(key)) return key;
  throw new Error('must be 6 to 1024 characters of base64');
});

/** @throws ConfigError */
export function readSetupConfig(environment?: NodeJS.ProcessEnv): SetupConfig {
  const env = readConfig(
    {
      MONGO_MEMBERS: addresses(),
      MONGO_REPLICA_SET: str({ default: 'rs0' }),
      MONGO_KEY: keyFile(),
      ...tlsEnv,
      /** Who may do everything, by name. */
      MONGO_ADMINS: secretMap({ default: new Map() }),
      /** Who may use the database of the same name. */
      MONGO_OWNERS: secretMap({ default: new Map() }),
      /** Who may read the databases of all owners. */
      MONGO_READERS: secretMap({ default: new Map() }),
    },
    environment,
  );
  return {
    members: env.MONGO_MEMBERS,
    replicaSet: env.MONGO_REPLICA_SET,
    key: env.MONGO_KEY,
    tls: env.TLS_CA_FILE !== undefined,
    users: {
      admins: env.MONGO_ADMINS,
      owners: env.MONGO_OWNERS,
      readers: env.MONGO_READERS,
    },
  };
}
