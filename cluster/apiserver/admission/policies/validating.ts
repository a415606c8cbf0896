/** ValidatingAdmissionPolicy: writes are judged by expressions (apiserver `admission/plugin/policy/validating`). */
import type {
  ValidatingAdmissionPolicy as Policy,
  ValidatingAdmissionPolicyBinding as Binding,
} from '@orrery/kinds/types';
import { StatusError } from '@orrery/machinery/status';
import type { AdmissionAttributes, AdmissionPlugin, Authorizer, Served } from '../../types.ts';
import { isConfiguration, matchResources } from '../matching.ts';
import type { Matched } from '../matching.ts';
import { refuse } from '../refuse.ts';
import type { WriteView } from '../write-view.ts';
import type { CompiledPolicy } from './compile.ts';
import type { Denial } from './decide.ts';
import { namespaceOf, paramsOf } from './bound.ts';
import { ConfigurationError, problemOf, resourceOfParams } from './params.ts';
import type { Hook, PolicySource } from './source.ts';

export type ValidatingPolicies = PolicySource<Policy, Binding>;

export interface PolicyOptions {
  readonly served: Served;
  readonly authorizer: Authorizer;
}

const reviews: ReadonlySet<string> = new Set([
  'authentication.k8s.io/selfsubjectreviews',
  'authentication.k8s.io/tokenreviews',
  'authorization.k8s.io/localsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectaccessreviews',
  'authorization.k8s.io/selfsubjectrulesreviews',
  'authorization.k8s.io/subjectaccessreviews',
]);

/** Policies and what the cluster cannot work without are out of reach of policies. */
export const isExempt = (resource: { group: string; resource: string }): boolean =>
  isConfiguration(resource) || reviews.has(`${resource.group}/${resource.resource}`);

/** What is loaded when there is a policy to ask. */
interface Language {
  readonly decide: typeof import('./decide.ts').decide;
  readonly WriteView: typeof import('../write-view.ts').WriteView;
  compiled(hook: Hook<Policy, Binding>): Promise<CompiledPolicy>;
}

async function loadLanguage(): Promise<Language> {
  const [{ decide }, { compilePolicy }, { WriteView: View }] = await Promise.all([
    import('./decide.ts'),
    import('./compile.ts'),
    import('../write-view.ts'),
  ]);
  const known = new WeakMap<object, Promise<CompiledPolicy>>();
  const compiled: Language['compiled'] = ({ policy, generation }) => {
    let made = known.get(generation);
    if (!made) known.set(generation, (made = compilePolicy(policy.spec)));
    return made;
  };
  return { decide, WriteView: View, compiled };
}

export function validatingAdmissionPolicy(
  source: ValidatingPolicies,
  { served, authorizer }: PolicyOptions,
): AdmissionPlugin {
  let language: Promise<Language> | undefined;
  return {
    name: 'ValidatingAdmissionPolicy',
    handles: (_operation, resource) => source.hooks.length > 0 && !isExempt(resource),
    async validate(attributes) {
      let review: Review | undefined;
      for (const hook of source.hooks) {
        const matched = await matchOrProblem(hook, attributes, served);
        if (matched === undefined) continue;
        if (!review) {
          const loaded = await (language ??= loadLanguage());
          review = new Review(attributes, served, loaded, new loaded.WriteView(attributes, served, authorizer));
        }
        await review.judge(hook, matched);
      }
      review?.finish();
    },
  };
}

/** As what a policy is met; a string where that cannot be said. */
async function matchOrProblem(
  { policy }: Hook<Policy, Binding>,
  attributes: AdmissionAttributes,
  served: Served,
): Promise<Matched | string | undefined> {
  try {
    return await matchResources(policy.spec.matchConstraints ?? {}, attributes, served);
  } catch (error) {
    return problemOf(error);
  }
}

interface Failure {
  readonly message: string;
  readonly policy: string;
  readonly binding: string;
  readonly expressionIndex: number;
  readonly validationActions: readonly string[];
}

/** How many failures a record of the audit holds, and how many bytes an annotation. */
const mostFailures = 50;
const longestAnnotation = 10 * 1024;

/** One write before all policies it meets. */
class Review {
  readonly #attributes: AdmissionAttributes;
  readonly #served: Served;
  readonly #language: Language;
  readonly #view: WriteView;
  readonly #failures: Failure[] = [];
  #refusal: { message: string; reason: string } | undefined;

  constructor(attributes: AdmissionAttributes, served: Served, language: Language, view: WriteView) {
    this.#attributes = attributes;
    this.#served = served;
    this.#language = language;
    this.#view = view;
  }

  async judge(hook: Hook<Policy, Binding>, matched: Matched | string): Promise<void> {
    const { policy, bindings } = hook;
    const { paramKind } = policy.spec;
    try {
      if (typeof matched === 'string') throw new ConfigurationError(matched);
      if (paramKind) resourceOfParams(paramKind, this.#served);
    } catch (error) {
      return this.#misconfigured(policy, undefined, problemOf(error));
    }
    const annotations = new Map<string, Set<string>>();
    for (const binding of bindings) {
      try {
        await this.#judgeBound(hook, binding, matched as Matched, annotations);
      } catch (error) {
        this.#misconfigured(policy, binding, problemOf(error));
      }
    }
    for (const [key, values] of annotations)
      this.#attributes.annotate(`${policy.metadata.name}/${key}`, [...values].join(', '));
  }

  async #judgeBound(
    hook: Hook<Policy, Binding>,
    binding: Binding,
    matched: Matched,
    annotations: Map<string, Set<string>>,
  ): Promise<void> {
    const { policy } = hook;
    const attributes = this.#attributes;
    const { matchResources: constraints } = binding.spec;
    if (constraints && !(await matchResources(constraints, attributes, this.#served))) return;
    const params = await paramsOf(policy.spec.paramKind, binding.spec.paramRef, attributes, this.#served);
    if (params.length === 0) return;
    const namespaceObject = await namespaceOf(attributes);
    const compiled = await this.#language.compiled(hook);
    const shared = { spec: policy.spec, compiled, view: this.#view, matched, namespaceObject };
    for (const param of params) {
      const verdict = await this.#language.decide({ ...shared, params: param });
      for (const denial of verdict.denials) this.#denied(policy, binding, denial);
      for (const { key, value } of verdict.annotations) {
        const values = annotations.get(key) ?? new Set<string>();
        annotations.set(key, values.add(cut(value, longestAnnotation)));
      }
      for (const message of verdict.failures) this.#refuse(policy, binding, message);
    }
  }

  #denied(policy: Policy, binding: Binding, { index, message, reason }: Denial): void {
    const actions = binding.spec.validationActions ?? [];
    const names = { policy: policy.metadata.name!, binding: binding.metadata.name! };
    for (const action of actions) {
      if (action === 'Deny') this.#refuse(policy, binding, message, reason);
      else if (action === 'Audit')
        this.#failures.push({ message, ...names, expressionIndex: index, validationActions: actions });
      else
        this.#attributes.warn(
          `Validation failed for ValidatingAdmissionPolicy '${names.policy}' with binding '${names.binding}': ${message}`,
        );
    }
  }

  #misconfigured(policy: Policy, binding: Binding | undefined, problem: string): void {
    if (policy.spec.failurePolicy === 'Ignore') return;
    this.#refuse(policy, binding, `failed to configure ${binding ? 'binding' : 'policy'}: ${problem}`);
  }

  /** The first refusal is the answer. */
  #refuse(policy: Policy, binding: Binding | undefined, why: string, reason = 'Invalid'): void {
    const by = binding ? ` with binding '${binding.metadata.name}'` : '';
    const message = `ValidatingAdmissionPolicy '${policy.metadata.name}'${by} denied request: ${why}`;
    this.#refusal ??= { message, reason };
  }

  /** @throws StatusError when a policy refused */
  finish(): void {
    if (this.#failures.length > 0) {
      const told = JSON.stringify(this.#failures.slice(0, mostFailures));
      this.#attributes.annotate('validation.policy.admission.k8s.io/validation_failure', told);
    }
    if (!this.#refusal) return;
    const { message, reason } = this.#refusal;
    const { message: sentence, details } = refuse(this.#attributes, message, [{ message }]);
    throw new StatusError(codes[reason] ?? 422, reason as StatusError['reason'], sentence, details);
  }
}

const codes: Readonly<Record<string, number>> = { Unauthorized: 401, Forbidden: 403, RequestEntityTooLarge: 413 };

function cut(text: string, bytes: number): string {
  const encoded = Buffer.from(text);
  return encoded.length > bytes ? encoded.subarray(0, bytes).toString() : text;
}
