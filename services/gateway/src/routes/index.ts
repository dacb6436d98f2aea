import type { FastifyInstance } from 'fastify';
import type { Catalogue } from '../catalogue.ts';
import { mount, mountAlias } from '../http/mount.ts';
import type { SigningKeys } from '../signing-keys.ts';
import type { Upstreams } from '../upstreams.ts';
import { email } from './email.ts';
import { operations } from './operations.ts';
import { orderChange, orders, orderStatus } from './orders.ts';
import { placing, type PlacingOptions } from './placing.ts';
import { products } from './products.ts';
import { authentication, sessions } from './sessions.ts';
import { stock } from './stock.ts';
import { profiles, registration, userAdministration } from './users.ts';

export interface RouteDeps extends PlacingOptions {
  readonly upstreams: Upstreams;
  readonly catalogue: Catalogue;
  readonly keys: SigningKeys;
}

/** Every route of the gateway, and the other paths that it answers at. */
export const allRoutes =
  ({ upstreams, catalogue, keys, ...waiting }: RouteDeps) =>
  async (app: FastifyInstance): Promise<void> => {
    const users = profiles(upstreams);
    const login = [registration(upstreams), authentication(upstreams)];
    const browsing = [products(upstreams, catalogue), stock(upstreams, catalogue)];
    const order = [placing(upstreams, waiting), orders(upstreams), orderStatus(upstreams, '/:id/status')];

    await mount(app, '/api/users', ...login, sessions(upstreams), users, userAdministration(upstreams));
    await mount(app, '/api/products', ...browsing);
    await mount(app, '/api/orders', ...order, orderChange(upstreams));
    await mount(app, '/api', email(upstreams));
    await mount(app, '', operations(keys));

    await mountAlias(app, '', ...login);
    await mountAlias(app, '/profile', users);
    await mountAlias(app, '/products', ...browsing);
    await mountAlias(app, '/api/inventory', ...browsing);
    await mountAlias(app, '/orders', ...order, orderStatus(upstreams, '/:id'));
  };
