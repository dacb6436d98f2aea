import type { V1EnvVar } from '@kubernetes/client-node';
import { all, type Manifest, type Plain } from './render.ts';

/** A Secret that was made before, with whatever is asked of it; a key of MongoDB is base64. */
const foreign = 'FromAnExistingSecret';

/**
 * The environment that the kubelet would give a container: Secrets of the same release are looked up, and `$(NAME)` stands
 * for a variable that came before.
 */
export function environmentOf(
  variables: readonly Plain<V1EnvVar>[],
  manifests: readonly Manifest[],
): Readonly<Record<string, string>> {
  const secrets = new Map(
    all(manifests, 'Secret').map((secret) => [secret.metadata?.name, secret.data ?? {}]),
  );
  const environment: Record<string, string> = {};
  for (const { name, value, valueFrom } of variables) {
    if (value !== undefined) environment[name] = expanded(value, environment);
    else if (valueFrom?.secretKeyRef) {
      const { name: secretName, key } = valueFrom.secretKeyRef;
      const data = secrets.get(secretName);
      const encoded = data?.[key];
      if (data && encoded === undefined) throw new Error(`the Secret ${secretName ?? ''} has no ${key}`);
      environment[name] = encoded === undefined ? foreign : Buffer.from(encoded, 'base64').toString();
    } else environment[name] = valueFrom?.fieldRef?.fieldPath ?? '';
  }
  return environment;
}

function expanded(text: string, environment: Readonly<Record<string, string>>): string {
  return text.replace(/\$\((\w+)\)/g, (_all, name: string) => {
    const value = environment[name];
    if (value === undefined) throw new Error(`$(${name}) stands before ${name} in "${text}"`);
    return value;
  });
}
