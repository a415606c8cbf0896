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
}

export class PolicySource<Policy extends KubeObject, Binding extends BindingLike> {
  readonly #policies = new Map<string, Policy>();
  readonly #bindings = new Map<string, Binding>();
  #hooks: readonly Hook<Policy, Binding>[] | undefined;

  /** Policies that are bound, by name. */
  get hooks(): readonly Hook<Policy, Binding>[] {
    return (this.#hooks ??= this.#join());
  }

  /** Resolves when everything stored is known. Call the result to stop. */
  async follow(reads: Pick<Reader, 'subscribe'>, policies: string, bindings: string): Promise<() => void> {
    const place = (resource: string): GroupResource => ({ group: 'admissionregistration.k8s.io', resource });
    const into = <Kept extends KubeObject>(kept: Map<string, Kept>, resource: string): Promise<() => void> =>
      reads.subscribe(place(resource), change => {
        if (change.type === 'put') kept.set(change.name, change.object() as Kept);
        else kept.delete(change.name);
        this.#hooks = undefined;
      });
    const stops = await Promise.all([into(this.#policies, policies), into(this.#bindings, bindings)]);
    return () => stops.forEach(stop => stop());
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
      return policy ? [{ policy, bindings: byPolicy.get(name)! }] : [];
    });
  }
}

/** Something made of a policy once per generation: changes of its status and labels do not count. */
export function perGeneration<Policy extends KubeObject, Made>(
  make: (policy: Policy) => Made,
): (policy: Policy) => Made {
  const known = new Map<string, { generation: string; made: Made }>();
  return policy => {
    const { uid, name, generation } = policy.metadata;
    const wanted = `${uid} ${generation}`;
    const found = known.get(name!);
    if (found?.generation === wanted) return found.made;
    const made = make(policy);
    known.set(name!, { generation: wanted, made });
    return made;
  };
}
