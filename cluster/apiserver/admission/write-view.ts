/** One write as expressions see it: objects in the version a rule names, the request, its namespace, what its user may do. */
import type { UserInfo } from '@orrery/http';
import { adaptDynamic, authorizerValue, resourceCheckValue } from '@orrery/machinery/cel';
import type { Activation, Ask, AuthorizationQuestion, Value } from '@orrery/machinery/cel';
import type { KubeObject } from '@orrery/machinery/meta';
import type { AdmissionAttributes, AuthorizationAttributes, Authorizer, Served } from '../types.ts';
import type { Matched } from './matching.ts';
import { present, requestOf } from './request.ts';

/** What is different from expression to expression. */
export interface ViewOptions {
  /** As what the objects are shown. */
  readonly matched: Matched;
  /** What `request.resource` says; that of the request unless given. */
  readonly resource?: Matched['resource'];
  /** Undefined where the variable does not exist; null where it has no value. */
  readonly params?: KubeObject | null;
  /** Absent, and for objects without one: null. */
  readonly namespaceObject?: KubeObject | undefined;
  /** Whether `authorizer` exists. */
  readonly authorizer: boolean;
}

interface Objects {
  readonly object: Value;
  readonly oldObject: Value;
}

/** Shared by all expressions that judge one write: objects are converted once, answers of the authorizer remembered. */
export class WriteView {
  readonly attributes: AdmissionAttributes;
  readonly #served: Pick<Served, 'show'>;
  readonly #ask: Ask;
  readonly #objects = new Map<string, Promise<Objects>>();
  #authorizer: Value | undefined;
  #requestResource: Value | undefined;

  constructor(attributes: AdmissionAttributes, served: Pick<Served, 'show'>, authorizer: Authorizer) {
    this.attributes = attributes;
    this.#served = served;
    this.#ask = askFor(attributes.user, authorizer);
  }

  async activation({ matched, resource, params, namespaceObject, authorizer }: ViewOptions): Promise<Activation> {
    const { object, oldObject } = await this.#objectsAs(matched);
    let request: Value | undefined;
    let space: Value | undefined;
    return name => {
      switch (name) {
        case 'object':
          return object;
        case 'oldObject':
          return oldObject;
        case 'request':
          return (request ??= adaptDynamic(requestOf(this.attributes, { ...matched, ...(resource && { resource }) })));
        case 'namespaceObject':
          return (space ??= adaptDynamic(namespaceObject ? shownNamespace(namespaceObject) : null));
        case 'params':
          return params === undefined ? undefined : adaptDynamic(params);
        case 'authorizer':
          return authorizer ? (this.#authorizer ??= authorizerValue(this.#ask)) : undefined;
        case 'authorizer.requestResource':
          return authorizer ? (this.#requestResource ??= this.#resourceCheck()) : undefined;
        default:
          return undefined;
      }
    };
  }

  #objectsAs(matched: Matched): Promise<Objects> {
    const { group, version, kind } = matched.kind;
    const key = `${group}/${version}/${kind}`;
    let found = this.#objects.get(key);
    if (!found) this.#objects.set(key, (found = this.#show(matched)));
    return found;
  }

  async #show(matched: Matched): Promise<Objects> {
    const { object, oldObject, resource, kind } = this.attributes;
    const show = async (some: KubeObject | undefined): Promise<Value> =>
      some ? adaptDynamic(await this.#served.show(some, { resource, kind }, matched)) : null;
    return { object: await show(object), oldObject: await show(oldObject) };
  }

  #resourceCheck(): Value {
    const { resource, subresource, namespace, name } = this.attributes;
    return resourceCheckValue(this.#ask, {
      ...{ group: resource.group, resource: resource.resource },
      ...{ subresource, namespace, name },
    });
  }
}

function shownNamespace(namespace: KubeObject): Record<string, unknown> {
  const { spec, status, metadata } = namespace as KubeObject & { spec?: unknown; status?: unknown };
  const { managedFields: _managed, ownerReferences: _owners, selfLink: _link, ...shown } = metadata;
  return present({ metadata: shown, spec, status });
}

const serviceAccount = ({ namespace, name }: { namespace: string; name: string }): UserInfo => ({
  name: `system:serviceaccount:${namespace}:${name}`,
  groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
});

const askFor =
  (user: UserInfo, authorizer: Authorizer): Ask =>
  async question => {
    const who = question.serviceAccount ? serviceAccount(question.serviceAccount) : user;
    try {
      const { decision, reason } = await authorizer(who, attributesOf(question));
      return { allowed: decision === 'allow', reason };
    } catch (error) {
      return { allowed: false, reason: '', error: error instanceof Error ? error.message : String(error) };
    }
  };

function attributesOf(question: AuthorizationQuestion): AuthorizationAttributes {
  const { verb, path, group = '', resource = '', subresource = '', namespace = '', name = '' } = question;
  const { fieldSelector, labelSelector } = question;
  return {
    verb,
    isResourceRequest: path === undefined,
    path: path ?? '',
    ...{ apiGroup: group, apiVersion: path === undefined ? '*' : '', resource, subresource, namespace, name },
    ...(fieldSelector && { fieldSelector }),
    ...(labelSelector && { labelSelector }),
  };
}
