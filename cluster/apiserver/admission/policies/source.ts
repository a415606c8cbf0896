/** Policies with their bindings, as they are stored: what was acknowledged counts for every later write. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { GroupResource, Reader } from '../../types.ts';

interface BindingLike extends KubeObject {
  readonly spec: { readonly policyName?: string };
}

export interface Hook<Policy, Binding> {
  readonly policy: Policy;
  /** At least one; by name. */
  readonly bindings: readonly Binding[];
  /** The same for one generation of a policy: what is made of it hangs here, whatever becomes of its status and labels. */
  readonly generation: object;
}

export class PolicySource<Policy extends KubeObject, Binding extends BindingLike> {
  readonly #policies = new Map<string, Policy>();
  readonly #generations = new WeakMap<Policy, object>();
  readonly #bindings = new Map<string, Binding>();
  #hooks: readonly Hook<Policy, Binding>[] | undefined;

  /** Policies that are bound, by name. */
  get hooks(): readonly Hook<Policy, Binding>[] {
    return (this.#hooks ??= this.#join());
  }

  /** Resolves when everything stored is known. Call the result to stop. */
  async follow(reads: Pick<Reader, 'subscribe'>, policies: string, bindings: string): Promise<() => void> {
    const place = (resource: string): GroupResource => ({ group: 'admissionregistration.k8s.io', resource });
    const stops = await Promise.all([
      reads.subscribe(place(policies), change => {
        if (change.type === 'put') this.#put(change.object() as Policy);
        else this.#policies.delete(change.name);
        this.#hooks = undefined;
      }),
      reads.subscribe(place(bindings), change => {
        if (change.type === 'put') this.#bindings.set(change.name, change.object() as Binding);
        else this.#bindings.delete(change.name);
        this.#hooks = undefined;
      }),
    ]);
    return () => stops.forEach(stop => stop());
  }

  #put(policy: Policy): void {
    const { uid, name, generation } = policy.metadata;
    const before = this.#policies.get(name!);
    const isSame = before?.metadata.uid === uid && before?.metadata.generation === generation;
    this.#generations.set(policy, (isSame && this.#generations.get(before!)) || {});
    this.#policies.set(name!, policy);
  }

  #join(): Hook<Policy, Binding>[] {
    const byPolicy = new Map<string, Binding[]>();
    for (const name of [...this.#bindings.keys()].sort()) {
      const binding = this.#bindings.get(name)!;
      const of = binding.spec.policyName ?? '';
      byPolicy.set(of, [...(byPolicy.get(of) ?? []), binding]);
    }
    return [...byPolicy.keys()].sort().flatMap(name => {
      const policy = this.#policies.get(name);
      return policy ? [{ policy, bindings: byPolicy.get(name)!, generation: this.#generations.get(policy)! }] : [];
    });
  }
}
