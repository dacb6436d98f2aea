import { optional, readConfig } from '@tradewind/shared/config';

/** What the environment may say instead of options; a password is never an option, since every user sees those. */
export interface Environment {
  readonly url: string | undefined;
  /** PEM of an authority that servers may be certified by, beside the usual ones. */
  readonly authority: string | undefined;
  readonly login: string | undefined;
  readonly password: string | undefined;
  readonly token: string | undefined;
  readonly natsUrl: string | undefined;
  readonly natsUser: string | undefined;
  readonly natsPassword: string | undefined;
  readonly mongoUri: string | undefined;
  /** Whether Kubernetes runs this process. */
  readonly inPod: boolean;
}

export function readEnvironment(environment: NodeJS.ProcessEnv = process.env): Environment {
  const env = readConfig(
    {
      TRADEWIND_URL: optional({ default: undefined }),
      TLS_CA_FILE: optional({ default: undefined }),
      TRADEWIND_LOGIN: optional({ default: undefined }),
      TRADEWIND_PASSWORD: optional({ default: undefined }),
      TRADEWIND_TOKEN: optional({ default: undefined }),
      NATS_URL: optional({ default: undefined }),
      NATS_USER: optional({ default: undefined }),
      NATS_PASSWORD: optional({ default: undefined }),
      MONGO_URI: optional({ default: undefined }),
      KUBERNETES_SERVICE_HOST: optional({ default: undefined }),
    },
    environment,
  );
  return {
    url: env.TRADEWIND_URL,
    authority: env.TLS_CA_FILE,
    login: env.TRADEWIND_LOGIN,
    password: env.TRADEWIND_PASSWORD,
    token: env.TRADEWIND_TOKEN,
    natsUrl: env.NATS_URL,
    natsUser: env.NATS_USER,
    natsPassword: env.NATS_PASSWORD,
    mongoUri: env.MONGO_URI,
    inPod: env.KUBERNETES_SERVICE_HOST !== undefined,
  };
}
