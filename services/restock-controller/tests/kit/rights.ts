import type { Api } from '../../src/runtime/api-client.ts';
import type { Resource } from '../../src/runtime/resource.ts';
import { eventually } from './eventually.ts';

interface Rule {
  readonly apiGroups: readonly string[];
  readonly resources: readonly string[];
  readonly verbs: readonly string[];
  readonly resourceNames?: readonly string[];
}

interface Role extends Resource {
  readonly rules: readonly Rule[];
}

/** Of what, and of which one; in all namespaces unless one is given. */
export interface Target {
  readonly namespace?: string;
  readonly name?: string;
}

/** What the roles of a user grant, each right as `verb resource`, and how to take one away for a while. */
export class Rights {
  readonly #api: Api;
  readonly #user: string;
  readonly #roles: readonly string[];

  /** @param roles the paths of roles and cluster roles that are bound to the user */
  constructor(api: Api, user: string, roles: readonly string[]) {
    this.#api = api;
    this.#user = user;
    this.#roles = roles;
  }

  async list(): Promise<readonly string[]> {
    const roles = await Promise.all(this.#roles.map((path) => this.#api.request<Role>({ path })));
    return roles
      .flatMap(({ rules }) => rules)
      .flatMap(({ verbs, resources }) =>
        verbs.flatMap((verb) => resources.map((resource) => `${verb} ${resource}`)),
      );
  }

  /** Whether the API server lets the user do it. */
  async may(right: string, { namespace, name }: Target = {}): Promise<boolean> {
    const [verb, what = ''] = right.split(' ');
    const [resource = '', subresource] = what.split('/');
    const { status } = await this.#api.request<{ status: { allowed: boolean } }>({
      method: 'POST',
      path: '/apis/authorization.k8s.io/v1/subjectaccessreviews',
      body: {
        spec: {
          user: this.#user,
          resourceAttributes: { verb, group: groups[resource], resource, subresource, namespace, name },
        },
      },
    });
    return status.allowed;
  }

  /** Takes a right away until what is returned is disposed of. Resolves when the API server refuses it. */
  async without(right: string, target: Target): Promise<AsyncDisposable> {
    const [verb, resource = ''] = right.split(' ');
    const before = await Promise.all(this.#roles.map((path) => this.#api.request<Role>({ path })));
    await this.#write(
      before.map(({ rules }) =>
        rules
          .map((rule) =>
            rule.resources.includes(resource)
              ? { ...rule, verbs: rule.verbs.filter((granted) => granted !== verb) }
              : rule,
          )
          .filter(({ verbs }) => verbs.length > 0),
      ),
    );
    await this.#until(right, target, false);
    return {
      [Symbol.asyncDispose]: async () => {
        await this.#write(before.map(({ rules }) => rules));
        await this.#until(right, target, true);
      },
    };
  }

  async #write(rules: readonly (readonly Rule[])[]): Promise<void> {
    for (const [index, path] of this.#roles.entries()) {
      await this.#api.request({
        method: 'PATCH',
        path,
        contentType: 'application/merge-patch+json',
        body: { rules: rules[index] },
      });
    }
  }

  /** The API server learns of a changed role a moment after it was written. */
  async #until(right: string, target: Target, allowed: boolean): Promise<void> {
    await eventually(async () => {
      if ((await this.may(right, target)) !== allowed) throw new Error(`${right} is still otherwise`);
    });
  }
}

const groups: Readonly<Record<string, string>> = {
  productrestocks: 'inventory.tradewind.dev',
  leases: 'coordination.k8s.io',
  events: '',
  secrets: '',
};
