/**
 * MutatingAdmissionPolicy: expressions change writes, one policy after the other. When one changes the object, all plug-ins run once more, and
 * of the policies those that wish so and were asked before the change (apiserver `admission/plugin/policy/mutating`).
 */
import { cloneJson, deepEqual } from '@orrery/machinery/patch';
import type { Json } from '@orrery/machinery/patch';
import type { KubeObject } from '@orrery/machinery/meta';
import type { StatusCause } from '@orrery/machinery/status';
import { StatusError } from '@orrery/machinery/status';
import type { AdmissionAttributes, AdmissionPlugin } from '../../types.ts';
import { matchResources } from '../matching.ts';
import type { Matched } from '../matching.ts';
import { refuse } from '../refuse.ts';
import { namespaceOf, paramsOf } from './bound.ts';
import type { CompiledMutatingPolicy } from './compile-mutating.ts';
import type { MutatingBinding, MutatingPolicy } from './mutating-kinds.ts';
import { ConfigurationError, problemOf, resourceOfParams } from './params.ts';
import type { Hook, PolicySource } from './source.ts';
import { isExempt } from './validating.ts';
import type { PolicyOptions } from './validating.ts';

export type MutatingPolicies = PolicySource<MutatingPolicy, MutatingBinding>;

const pluginName = 'MutatingAdmissionPolicy';

/** What is remembered from the first round to the second. */
class Rounds {
  last: KubeObject | undefined;
  readonly asked = new Set<string>();
  readonly again = new Set<string>();
  changed(): void {
    for (const key of this.asked) this.again.add(key);
    this.asked.clear();
  }
}

function roundsOf({ reinvocation }: AdmissionAttributes): Rounds {
  const rounds = (reinvocation.state.get(pluginName) as Rounds | undefined) ?? new Rounds();
  reinvocation.state.set(pluginName, rounds);
  return rounds;
}

const isSame = (a: unknown, b: unknown): boolean => deepEqual((a ?? null) as Json, (b ?? null) as Json);

type MutatingHook = Hook<MutatingPolicy, MutatingBinding>;

/** A policy with one binding and one parameter that meets the write. */
interface Invocation {
  readonly hook: MutatingHook;
  readonly binding: MutatingBinding;
  readonly params: KubeObject | null | undefined;
  readonly matched: Matched;
}

/** What is loaded when there is a policy to ask. */
async function loadLanguage() {
  const [work, { compileMutatingPolicy }, { WriteView }] = await Promise.all([
    import('./mutate.ts'),
    import('./compile-mutating.ts'),
    import('../write-view.ts'),
  ]);
  const known = new WeakMap<object, CompiledMutatingPolicy>();
  const compiled = ({ policy, generation }: MutatingHook): CompiledMutatingPolicy => {
    let made = known.get(generation);
    if (!made) known.set(generation, (made = compileMutatingPolicy(policy)));
    return made;
  };
  return { ...work, WriteView, compiled };
}

export function mutatingAdmissionPolicy(source: MutatingPolicies, options: PolicyOptions): AdmissionPlugin {
  let language: ReturnType<typeof loadLanguage> | undefined;
  return {
    name: pluginName,
    handles: (operation, resource) => operation !== 'DELETE' && source.hooks.length > 0 && !isExempt(resource),
    async admit(attributes) {
      const round = new Round(attributes, options);
      const invocations: Invocation[] = [];
      for (const hook of source.hooks) invocations.push(...(await round.invocationsOf(hook)));
      if (invocations.length > 0) await round.run(invocations, await (language ??= loadLanguage()));
      round.finish();
    },
  };
}

class Round {
  readonly #attributes: AdmissionAttributes;
  readonly #options: PolicyOptions;
  readonly #refusals: { message: string; reason: string }[] = [];

  constructor(attributes: AdmissionAttributes, options: PolicyOptions) {
    this.#attributes = attributes;
    this.#options = options;
  }

  async invocationsOf(hook: MutatingHook): Promise<Invocation[]> {
    const { served } = this.#options;
    const attributes = this.#attributes;
    const { matchConstraints = {}, paramKind } = hook.policy.spec;
    const found: Invocation[] = [];
    let matched: Matched | undefined;
    try {
      matched = await matchResources(matchConstraints, attributes, served);
      if (matched && paramKind) resourceOfParams(paramKind, served);
    } catch (error) {
      this.#misconfigured(hook, undefined, problemOf(error));
      return [];
    }
    if (!matched) return [];
    for (const binding of hook.bindings) {
      try {
        const { matchResources: constraints, paramRef } = binding.spec;
        if (constraints && !(await matchResources(constraints, attributes, served))) continue;
        for (const params of await paramsOf(paramKind, paramRef, attributes, served))
          found.push({ hook, binding, params, matched });
      } catch (error) {
        this.#misconfigured(hook, binding, problemOf(error));
      }
    }
    return found;
  }

  async run(invocations: readonly Invocation[], language: Awaited<ReturnType<typeof loadLanguage>>): Promise<void> {
    const attributes = this.#attributes;
    const { reinvocation } = attributes;
    const rounds = roundsOf(attributes);
    if (reinvocation.isReinvoke && !isSame(rounds.last, attributes.object)) rounds.changed();
    const namespaceObject = await namespaceOf(attributes);
    for (const invocation of invocations) {
      const { hook, binding, params } = invocation;
      const { name: param = '', namespace = '' } = params?.metadata ?? {};
      const key = JSON.stringify([hook.policy.metadata.name, binding.metadata.name, namespace, param]);
      if (reinvocation.isReinvoke && !rounds.again.has(key)) continue;
      const met = await this.#mutate(invocation, namespaceObject, language);
      if (met === 'changed') {
        rounds.changed();
        reinvocation.needed = true;
      }
      if (met !== 'unmet' && hook.policy.spec.reinvocationPolicy === 'IfNeeded') rounds.asked.add(key);
    }
    rounds.last = attributes.object && cloneJson(attributes.object);
  }

  async #mutate(
    { hook, binding, params, matched }: Invocation,
    namespaceObject: KubeObject | undefined,
    { compiled, isMet, mutated, WriteView }: Awaited<ReturnType<typeof loadLanguage>>,
  ): Promise<'unmet' | 'same' | 'changed'> {
    const attributes = this.#attributes;
    const { served, authorizer } = this.#options;
    const program = compiled(hook);
    const view = () => new WriteView(attributes, served, authorizer);
    try {
      if (!(await isMet(program, view(), { matched, params }))) return 'unmet';
    } catch (error) {
      this.#refuse(hook, binding, problemOf(error), 'Invalid');
      return 'unmet';
    }
    let isChanged = false;
    for (const mutation of program.mutations) {
      if (attributes.object === undefined) continue;
      try {
        const shown = await served.show(attributes.object, attributes, matched);
        const options = { matched, params, namespaceObject };
        const after = await mutated(shown, mutation, program.variables, view(), options, served);
        if (isSame(shown, after)) continue;
        attributes.object = await served.take(after, attributes, matched);
        isChanged = true;
      } catch (error) {
        if (!(error instanceof ConfigurationError)) throw error;
        this.#refuse(hook, binding, error.message, 'Invalid');
      }
    }
    return isChanged ? 'changed' : 'same';
  }

  #misconfigured(hook: MutatingHook, binding: MutatingBinding | undefined, problem: string): void {
    const what = binding ? 'binding' : 'policy';
    this.#refuse(hook, binding, `failed to configure ${what}: ${problem}`, 'Forbidden');
  }

  #refuse({ policy }: MutatingHook, binding: MutatingBinding | undefined, why: string, reason: string): void {
    if (policy.spec.failurePolicy === 'Ignore') return;
    const name = policy.metadata.name!;
    const by = binding ? `policy '${name}' with binding '${binding.metadata.name}'` : `policy ${JSON.stringify(name)}`;
    this.#refusals.push({ message: `${by} denied request: ${why}`, reason });
  }

  /** @throws StatusError with all refusals as causes */
  finish(): void {
    const [first] = this.#refusals;
    if (!first) return;
    const causes: StatusCause[] = this.#refusals.map(({ message }) => ({ message }));
    const { code, details } = refuse(this.#attributes, first.message, causes);
    throw new StatusError(code, first.reason as StatusError['reason'], first.message, details);
  }
}
