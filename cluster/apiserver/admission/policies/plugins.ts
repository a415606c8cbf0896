/** The plug-ins of both sorts of policies, following what is stored. */
import type { AdmissionPlugin, Authorizer, PartsContext, WriteHooks } from '../../types.ts';
import { paramHooks } from './authorize.ts';
import { mutatingVersion } from './mutating-kinds.ts';
import { mutatingAdmissionPolicy } from './mutating.ts';
import type { MutatingPolicies } from './mutating.ts';
import { PolicySource } from './source.ts';
import { validatingAdmissionPolicy } from './validating.ts';
import type { ValidatingPolicies } from './validating.ts';

export interface PolicyPlugins {
  readonly validating: AdmissionPlugin;
  /** Absent where they are not served. */
  readonly mutating?: AdmissionPlugin;
  /** For writes of policies and bindings themselves. */
  readonly hooks: Readonly<Record<string, WriteHooks>>;
  close(): void;
}

/** Resolves when the stored policies are known. */
export async function startPolicies(
  { reads, served }: Pick<PartsContext, 'reads' | 'served'>,
  authorizer: Authorizer,
): Promise<PolicyPlugins> {
  const parts = { served, authorizer };
  const validating: ValidatingPolicies = new PolicySource();
  const mutating: MutatingPolicies = new PolicySource();
  const stops = [await validating.follow(reads, 'validatingadmissionpolicies', 'validatingadmissionpolicybindings')];
  const servesMutating = served.byKind({ ...mutatingVersion, kind: 'MutatingAdmissionPolicy' }) !== undefined;
  if (servesMutating)
    stops.push(await mutating.follow(reads, 'mutatingadmissionpolicies', 'mutatingadmissionpolicybindings'));
  return {
    validating: validatingAdmissionPolicy(validating, parts),
    ...(servesMutating && { mutating: mutatingAdmissionPolicy(mutating, parts) }),
    hooks: paramHooks(parts),
    close: () => stops.forEach(stop => stop()),
  };
}
