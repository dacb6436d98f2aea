import { registerHooks } from 'node:module';
import type * as library from '@kubernetes/client-node';

// The library's kubeconfig also makes clients, and for them loads a model of everything in Kubernetes: as much memory as
// twenty thousand resources take. Here no client is made by it; see ApiClient.
const instead = new URL('no-generated-client.ts', import.meta.url).href;
const hooks = registerHooks({
  resolve: (specifier, context, next) => next(specifier === './gen/index.js' ? instead : specifier, context),
});

/** The library's, without the clients that it could make. */
export const { KubeConfig } = await import('@kubernetes/client-node/dist/config.js');
export type KubeConfig = library.KubeConfig;
hooks.deregister();
