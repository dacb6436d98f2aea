import { randomUUID } from 'node:crypto';
import { MongoClient } from 'mongodb';
import { ApiClient } from '@tradewind/cli/api';
import type { Cluster } from '@tradewind/local/cluster';
import { adminOf, type ReleaseName, secretValue } from '@tradewind/local/deployment';
import { findHelm, type Helm, type Kubectl } from '@tradewind/local/kubernetes';
import { connectNats } from '@tradewind/shared/nats';
import { createLogger } from '@tradewind/shared/telemetry';
import { httpClient } from '../../faults/kit/client.ts';
import type { Market } from '../../faults/kit/scenario.ts';
import { deadLetterCount } from '../../kit/dead-letters.ts';
import { eventually } from '../../kit/eventually.ts';
import { expectStatus, send } from '../../kit/http.ts';
import type { Product, Tokens, User } from '../../kit/rest.ts';
import { forward } from './forward.ts';

/** A release that runs in a cluster, used as its customers, its operator and its auditor use it. */
export interface Installation extends Market, AsyncDisposable {
  readonly url: string;
  /** The gateway's interface, used by the first admin. */
  readonly admin: ApiClient;
  /** In the release's namespace. */
  readonly kubectl: Kubectl;
  readonly helm: Helm;
}

export async function openInstallation(cluster: Cluster, release: ReleaseName): Promise<Installation> {
  const { namespace } = release;
  const url = cluster.address;
  await using stack = new AsyncDisposableStack();
  const kubectl: Kubectl = (...args) => cluster.kubectl('--namespace', namespace, ...args);
  const ownHelm = await findHelm(cluster.kubeconfig);
  const helm: Helm = (...args) => ownHelm(...args, '--namespace', namespace);

  const books = stack.use(await forward(cluster, namespace, `pod/${release.name}-mongodb-0`, 27017));
  const auditor = `tradewind_audit:${await secretValue(cluster, release, '-mongodb', 'password-audit')}`;
  const mongoUri = `mongodb://${auditor}@127.0.0.1:${books.port}/?authSource=admin&directConnection=true`;
  const mongo = new MongoClient(mongoUri);
  stack.defer(() => mongo.close());
  const orderDb = mongo.db('tradewind_order');
  const stream = stack.use(await forward(cluster, namespace, `pod/${release.name}-nats-0`, 4222));
  const log = createLogger('e2e', 'silent');
  const credentials = {
    user: 'tradewind',
    password: await secretValue(cluster, release, '-nats', 'password'),
    // A forwarding that a killed kubelet took with it is not closed, but silent.
    pingMs: 500,
  };
  const nats = stack.use(await connectNats(`nats://127.0.0.1:${stream.port}`, 'e2e', log, credentials));

  const credentialsOfAdmin = await adminOf(cluster, release);
  const { signal } = new AbortController();
  const tokenOf = async (login: string, password: string) => {
    const answer = await eventually(
      async () => {
        const one = await send<Tokens>(`${url}/api/users/authenticate`, { json: { login, password } });
        return one.status === 200 && one;
      },
      { within: 60_000, every: 500 },
    );
    return expectStatus(200, answer).access_token;
  };
  const adminToken = () => tokenOf(credentialsOfAdmin.login, credentialsOfAdmin.password);

  const stockUp: Market['stockUp'] = async (products, units) => {
    const token = await adminToken();
    // What is not idempotent the gateway sends once, and a pod that ends may refuse it.
    const createOne = () =>
      eventually(async () => {
        const json = {
          ...{ sku: `SKU-${randomUUID()}`, name: 'Thing', category: 'things' },
          ...{ price: { currency: 'EUR', amount: 1_000 }, initial_stock: units },
        };
        const answer = await send<Product>(`${url}/api/products`, { token, json });
        return answer.status !== 503 && expectStatus(201, answer).id;
      });
    const ids = await Promise.all(Array.from({ length: products }, createOne));
    const known = orderDb.collection<{ readonly _id: string }>('catalogue');
    await eventually(async () => (await known.countDocuments({ _id: { $in: ids } })) === products);
    return new Map(ids.map((id) => [id, units]));
  };

  const buyer: Market['buyer'] = async () => {
    const { id, ...json } = await eventually(async () => {
      const person = { email: `${randomUUID()}@example.com`, password: randomUUID(), name: 'Ada Lovelace' };
      const answer = await send<User>(`${url}/api/users/register`, { json: person });
      return answer.status !== 503 && { ...person, id: expectStatus(201, answer).id };
    });
    const [token, merchant] = await Promise.all([tokenOf(json.email, json.password), adminToken()]);
    return { id, client: httpClient({ urls: [url], token, adminToken: merchant }) };
  };

  const resources = stack.move();
  return {
    ...{ url, kubectl, helm, mongoUri, orderDb, stockUp, buyer },
    admin: new ApiClient({ url, credentials: credentialsOfAdmin, signal }),
    inventoryDb: mongo.db('tradewind_inventory'),
    deadLetters: () => eventually(() => deadLetterCount(nats)),
    [Symbol.asyncDispose]: () => resources.disposeAsync(),
  };
}
