import type { UserServiceServer } from '@tradewind/proto/user/v1/user';
import type { Redis } from 'ioredis';
import type { GrpcClient } from '../grpc/index.ts';
import type { Logger } from '../telemetry/index.ts';
import { watchRevocations } from './revocations.ts';
import { createTokenVerifier, type TokenVerifier } from './token-verifier.ts';

export interface WatchTokensOptions {
  readonly users: Pick<GrpcClient<UserServiceServer>, 'getSigningKeys'>;
  readonly redis: Redis;
  /** Opt-in HS256. */
  readonly secret: string | undefined;
  readonly log: Logger;
}

/** Verifies access tokens by the keys of the user service and the revocations in Redis. */
export async function watchTokens(options: WatchTokensOptions): Promise<TokenVerifier & AsyncDisposable> {
  const { users, redis, secret, log } = options;
  const revocations = await watchRevocations(redis, log);
  const { verify } = createTokenVerifier({
    fetchKeys: async () => (await users.getSigningKeys({})).jwksJson,
    secret,
    isRevoked: revocations.has,
  });
  return { verify, [Symbol.asyncDispose]: () => revocations[Symbol.asyncDispose]() };
}
