/**
 * Who has which rules, kept current from the stored roles and bindings, so that a check looks only at the bindings of its user
 * and its groups.
 */
import type { UserInfo } from '@orrery/http';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Reader, StoredChange } from '../types.ts';
import type { PolicyRule, Role, RoleBinding, RoleRef, Subject } from './rules.ts';
import { rbacGroup } from './rules.ts';

/** Rules with where they come from; `rules` is undefined when the role does not exist. */
export interface Grant {
  readonly rules: readonly PolicyRule[] | undefined;
  readonly role: RoleRef;
  /** E.g. `ClusterRoleBinding "a" of ClusterRole "b" to Group "c"`. */
  describe(): string;
}

interface Bound {
  readonly binding: RoleBinding;
  readonly subject: Subject;
}

/** Bindings by the user or group they name: `u name` or `g name`. Service accounts are users. */
type Bindings = Map<string, Map<string, Bound>>;

const serviceAccountUser = (namespace: string, name: string): string => `system:serviceaccount:${namespace}:${name}`;

function subjectKey(subject: Subject, bindingNamespace: string): string | undefined {
  if (subject.kind === 'User') return `u ${subject.name}`;
  if (subject.kind === 'Group') return `g ${subject.name}`;
  const namespace = subject.namespace || bindingNamespace;
  return subject.kind === 'ServiceAccount' && namespace
    ? `u ${serviceAccountUser(namespace, subject.name)}`
    : undefined;
}

// Upstream writes a service account as name/namespace and a RoleBinding likewise; people's greps know it so.
const subjectText = (subject: Subject, namespace: string): string =>
  subject.kind === 'ServiceAccount'
    ? `ServiceAccount "${subject.name}/${subject.namespace || namespace}"`
    : `${subject.kind} "${subject.name}"`;

export class RoleIndex {
  #clusterRoles = new Map<string, () => readonly PolicyRule[]>();
  #roles = new Map<string, () => readonly PolicyRule[]>();
  #clusterBindings: Bindings = new Map();
  /** By namespace. */
  #bindings = new Map<string, Bindings>();
  /** By namespace: RoleBindings that were there at the start and that nobody has asked about yet. */
  #unread = new Map<string, StoredChange[]>();

  /** What a role allows is read when it first matters: there may be thousands, and most requests are about a few. */
  #putRole({ namespace, name, object }: StoredChange): void {
    const rules = once(() => (object() as Role).rules ?? []);
    if (namespace) this.#roles.set(`${namespace}/${name}`, rules);
    else this.#clusterRoles.set(name, rules);
  }

  #removeRole({ namespace, name }: StoredChange): void {
    if (namespace) this.#roles.delete(`${namespace}/${name}`);
    else this.#clusterRoles.delete(name);
  }

  #putBinding(object: KubeObject, before: KubeObject | undefined): void {
    if (before) this.#removeBinding(before);
    const binding = object as RoleBinding;
    const namespace = binding.metadata.namespace ?? '';
    const bindings = this.#bindingsOf(namespace, true)!;
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace);
      if (key === undefined) continue;
      const bound = bindings.get(key) ?? new Map<string, Bound>();
      // The first subject that fits is the one a reason names.
      if (!bound.has(binding.metadata.name!)) bound.set(binding.metadata.name!, { binding, subject });
      bindings.set(key, bound);
    }
  }

  #removeBinding(object: KubeObject): void {
    const binding = object as RoleBinding;
    const namespace = binding.metadata.namespace ?? '';
    const bindings = this.#bindingsOf(namespace, false);
    for (const subject of binding.subjects ?? []) {
      const key = subjectKey(subject, namespace) ?? '';
      const bound = bindings?.get(key);
      bound?.delete(binding.metadata.name!);
      if (bound?.size === 0) bindings!.delete(key);
    }
    if (bindings?.size === 0 && namespace) this.#bindings.delete(namespace);
  }

  /** The rules a role reference stands for; undefined when there is no such role. */
  rulesOf(role: RoleRef, namespace: string): readonly PolicyRule[] | undefined {
    if (role.kind === 'ClusterRole') return this.#clusterRoles.get(role.name)?.();
    return role.kind === 'Role' ? this.#roles.get(`${namespace}/${role.name}`)?.() : undefined;
  }

  /** Everything a user was granted cluster-wide and, when `namespace` is not empty, there. */
  *grants(user: UserInfo, namespace: string): Generator<Grant> {
    const keys = [`u ${user.name}`, ...user.groups.map(group => `g ${group}`)];
    yield* this.#of(this.#clusterBindings, keys, '');
    this.#read(namespace);
    const local = namespace ? this.#bindings.get(namespace) : undefined;
    if (local) yield* this.#of(local, keys, namespace);
  }

  *#of(bindings: Bindings, keys: readonly string[], namespace: string): Generator<Grant> {
    for (const key of keys)
      for (const { binding, subject } of bindings.get(key)?.values() ?? [])
        yield {
          rules: this.rulesOf(binding.roleRef, namespace),
          role: binding.roleRef,
          describe: () => describeGrant(binding, subject, namespace),
        };
  }

  #bindingsOf(namespace: string, create: boolean): Bindings | undefined {
    if (!namespace) return this.#clusterBindings;
    const known = this.#bindings.get(namespace);
    if (known || !create) return known;
    const bindings: Bindings = new Map();
    this.#bindings.set(namespace, bindings);
    return bindings;
  }

  /** As `apply`, for what is there when nobody asks yet: of the namespaces' bindings nothing is read. */
  load(resource: string, change: StoredChange): void {
    if (resource !== 'rolebindings') return this.apply(resource, change);
    const unread = this.#unread.get(change.namespace);
    if (unread) unread.push(change);
    else this.#unread.set(change.namespace, [change]);
  }

  apply(resource: string, change: StoredChange): void {
    if (resource.endsWith('bindings')) {
      this.#read(change.namespace);
      const previous = change.previous();
      if (change.type === 'put') this.#putBinding(change.object(), previous);
      else this.#removeBinding(previous ?? change.object());
    } else if (change.type === 'put') this.#putRole(change);
    else this.#removeRole(change);
  }

  #read(namespace: string): void {
    const unread = this.#unread.get(namespace);
    if (!unread) return;
    this.#unread.delete(namespace);
    for (const change of unread) this.apply('rolebindings', change);
  }
}

function once<T>(compute: () => T): () => T {
  let known: { readonly value: T } | undefined;
  let ask: (() => T) | undefined = compute;
  return () => {
    known ??= { value: ask!() };
    // What it was computed from need not stay.
    ask = undefined;
    return known.value;
  };
}

const describeGrant = (binding: RoleBinding, subject: Subject, namespace: string): string => {
  const { name } = binding.metadata;
  const which = namespace ? `RoleBinding "${name}/${namespace}"` : `ClusterRoleBinding "${name}"`;
  return `${which} of ${binding.roleRef.kind} "${binding.roleRef.name}" to ${subjectText(subject, namespace)}`;
};

const resources = ['clusterroles', 'roles', 'clusterrolebindings', 'rolebindings'];

/** Fills the index and follows the store. Resolves when what exists is in it; call the result to stop. */
export async function followRoles(index: RoleIndex, reads: Reader): Promise<() => void> {
  let isLoaded = false;
  const stops = await Promise.all(
    resources.map(resource =>
      reads.subscribe({ group: rbacGroup, resource }, change =>
        isLoaded ? index.apply(resource, change) : index.load(resource, change),
      ),
    ),
  );
  isLoaded = true;
  return () => stops.forEach(stop => stop());
}
