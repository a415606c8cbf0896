/** Tells authors of admission policies where their expressions cannot fit the kinds they match (`validatingadmissionpolicystatus`). */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { readBody } from '@orrery/http';
import type { ExpressionWarning, ValidatingAdmissionPolicy } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { runController, watchOf } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';
import type { KnownKind } from './plan.ts';
import { schemaOfKind } from './schemas.ts';
import type { Document, Kind } from './schemas.ts';

const name = 'validatingadmissionpolicy-status-controller';

const pathOf = ({ group, version }: { group: string; version: string }): string =>
  group === '' ? `api/${version}` : `apis/${group}/${version}`;

/** Undefined for what is not served. */
async function fetched<T>(client: Client, path: string, signal: AbortSignal): Promise<T | undefined> {
  const response = await client.raw('GET', path, { headers: { accept: 'application/json' }, signal });
  const text = new TextDecoder().decode(await readBody(response.body, { signal }));
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw new Error(`GET ${path} answered ${response.status}: ${text.slice(0, 200)}`);
  return JSON.parse(text) as T;
}

/** Reads each document once. */
class Schemas {
  readonly #documents = new Map<string, Promise<Document | undefined>>();
  readonly #client: Client;
  readonly #signal: AbortSignal;
  constructor(client: Client, signal: AbortSignal) {
    this.#client = client;
    this.#signal = signal;
  }
  async of(kind: Kind): Promise<KnownKind | undefined> {
    const path = pathOf(kind);
    let document = this.#documents.get(path);
    if (!document) this.#documents.set(path, (document = fetched(this.#client, `/openapi/v3/${path}`, this.#signal)));
    const schema = schemaOfKind((await document) ?? {}, kind);
    return schema && { kind, schema };
  }
}

interface ResourceList {
  readonly resources?: readonly { readonly name: string; readonly kind: string }[];
}

/** Checked against the kinds that the policy matches, as far as they are known, and that of its parameters. */
async function warningsFor(
  policy: ValidatingAdmissionPolicy,
  client: Client,
  signal: AbortSignal,
): Promise<ExpressionWarning[]> {
  // The language is loaded with the first policy: few clusters have one.
  const { kindOfParams, resourcesToCheck, typeWarnings } = await import('./plan.ts');
  const schemas = new Schemas(client, signal);
  const kinds: KnownKind[] = [];
  for (const { group, version, resource } of resourcesToCheck(policy)) {
    const list = await fetched<ResourceList>(client, `/${pathOf({ group, version })}`, signal);
    const kind = list?.resources?.find(served => served.name === resource)?.kind;
    const known = kind && (await schemas.of({ group, version, kind }));
    if (known) kinds.push(known);
  }
  const { paramKind } = policy.spec;
  return typeWarnings(policy, kinds, paramKind && (await schemas.of(kindOfParams(paramKind))));
}

export const policyStatusController: Controller = {
  name,
  serviceAccount: name,
  start(ctx) {
    const policies = ctx.informers.of<ValidatingAdmissionPolicy>(resources.validatingadmissionpolicies);
    const reconcile = async (key: string): Promise<void> => {
      const policy = policies.get(key);
      const generation = policy?.metadata.generation ?? 0;
      if (!policy || generation <= (policy.status?.observedGeneration ?? 0)) return;
      const warnings = await warningsFor(policy, ctx.client, ctx.signal);
      const typeChecking = warnings.length > 0 ? { expressionWarnings: warnings } : {};
      const applied = {
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: policy.metadata.name! },
        status: { observedGeneration: generation, typeChecking },
      } as KubeObject;
      await ctx.client.patch(resources.validatingadmissionpolicies, key, 'apply', applied, {
        ...{ subresource: 'status', fieldManager: name, force: true },
      });
    };
    const sources = [watchOf(policies)];
    return runController({ name, concurrency: 5, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};
