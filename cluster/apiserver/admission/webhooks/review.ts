/** AdmissionReviews: what is asked, and whether an answer is one (apiserver `webhook/request`). Pure. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AdmissionAttributes } from '../../types.ts';
import type { Matched } from '../matching.ts';
import { requestOf } from '../request.ts';

/** What a webhook said, in whichever version it said it. */
export interface Verdict {
  readonly allowed: boolean;
  readonly status?: Readonly<Record<string, unknown>>;
  /** Base64 of a JSON patch; absent when there is none. */
  readonly patch?: string;
  readonly patchType?: string;
  readonly warnings: readonly string[];
  readonly auditAnnotations: Readonly<Record<string, string>>;
}

/** The first of the versions a webhook accepts that this server speaks; undefined when there is none. */
export const reviewVersionOf = (accepted: readonly string[]): 'v1' | 'v1beta1' | undefined =>
  accepted.find((version): version is 'v1' | 'v1beta1' => version === 'v1' || version === 'v1beta1');

/** Objects as a webhook sees them. */
export interface ShownObjects {
  readonly object: KubeObject | undefined;
  readonly oldObject: KubeObject | undefined;
}

/** The review of a write, as one to `matched`. */
export function reviewOf(
  version: 'v1' | 'v1beta1',
  uid: string,
  attributes: AdmissionAttributes,
  matched: Matched,
  { object, oldObject }: ShownObjects,
): object {
  const { dryRun, options, ...rest } = requestOf(attributes, matched);
  const isConnect = attributes.operation === 'CONNECT';
  const objects = { object: (isConnect ? withoutMetadata(object) : object) ?? null, oldObject: oldObject ?? null };
  return {
    kind: 'AdmissionReview',
    apiVersion: `admission.k8s.io/${version}`,
    request: { uid, ...rest, ...ownNamespace(attributes), ...objects, dryRun, options: isConnect ? null : options },
  };
}

/** Options of a connection have none. */
function withoutMetadata(options: KubeObject | undefined): object | undefined {
  if (options === undefined) return undefined;
  const { metadata: _metadata, ...rest } = options;
  return rest;
}

/** A namespace that is being made is in itself. */
const ownNamespace = ({ resource, namespace, name }: AdmissionAttributes): object =>
  resource.group === '' && resource.resource === 'namespaces' && !namespace && name ? { namespace: name } : {};

const quoted = (value: unknown): string => JSON.stringify(typeof value === 'string' ? value : '');

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** @throws Error in upstream's words for what is no answer to this review */
export function verdictOf(answer: unknown, version: string, uid: string, isMutating: boolean): Verdict {
  const { response, apiVersion, kind } = isRecord(answer) ? answer : {};
  if (!isRecord(response)) throw new Error('webhook response was absent');
  const { patch, patchType } = response;
  if (version === 'v1') {
    if (response.uid !== uid) throw new Error(`expected response.uid=${quoted(uid)}, got ${quoted(response.uid)}`);
    if (apiVersion !== 'admission.k8s.io/v1' || kind !== 'AdmissionReview') {
      const expected = 'admission.k8s.io/v1, Kind=AdmissionReview';
      throw new Error(`expected webhook response of ${expected}, got ${shownKind(apiVersion, kind)}`);
    }
    checkPatch(patch, patchType, isMutating);
  }
  const given = isMutating && typeof patch === 'string' && patch !== '';
  return {
    allowed: response.allowed === true,
    ...(isRecord(response.status) && { status: response.status }),
    ...(given && { patch, patchType: version === 'v1' ? String(patchType) : 'JSONPatch' }),
    warnings: Array.isArray(response.warnings) ? response.warnings.filter(text => typeof text === 'string') : [],
    auditAnnotations: isRecord(response.auditAnnotations) ? textsOf(response.auditAnnotations) : {},
  };
}

const maxShown = 100;

function shownKind(apiVersion: unknown, kind: unknown): string {
  const version = typeof apiVersion === 'string' ? apiVersion.slice(0, maxShown) : '';
  const shown = version.includes('/') ? version : `/${version}`;
  return `${shown}, Kind=${typeof kind === 'string' ? kind.slice(0, maxShown) : ''}`;
}

function checkPatch(patch: unknown, patchType: unknown, isMutating: boolean): void {
  const hasPatch = typeof patch === 'string' && patch !== '';
  const hasType = patchType !== undefined && patchType !== null;
  if (!isMutating) {
    if (hasPatch) throw new Error('validating webhook may not return response.patch');
    if (hasType) throw new Error('validating webhook may not return response.patchType');
    return;
  }
  if (hasPatch && !hasType) throw new Error('webhook returned response.patch but not response.patchType');
  if (!hasPatch && hasType) throw new Error('webhook returned response.patchType but not response.patch');
  if (hasType && patchType === '') throw new Error('webhook returned invalid response.patchType of ""');
}

const textsOf = (values: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((pair): pair is [string, string] => typeof pair[1] === 'string'));
