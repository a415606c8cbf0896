/** Admission webhooks: reviews in, verdicts out (controller-runtime `webhook/admission`). */
import { jsonAnswer, type Handler } from '@orrery/http';
import type { GroupVersionKind, KubeObject } from '@orrery/machinery/meta';
import { StatusError, badRequest } from '@orrery/machinery/status';
import { deepFreeze } from '../cache.ts';
import { jsonPatchOf } from '../diff.ts';
import { messageOf, readReview, toBase64, webhookPath } from './review.ts';
import type { AdmissionRequest, AdmissionVerdict, Webhook } from './types.ts';

type Awaitable<T> = T | Promise<T>;

/** What a validator says of an object; nothing at all means that it may be. */
export interface Judgement {
  /** Why not: one sentence that names the field and the remedy. */
  readonly denied?: string;
  /** Shown to the user whatever the outcome; at most 256 characters each reach him. */
  readonly warnings?: readonly string[];
}

/** What is missing is allowed. A thrown StatusError denies with that status; any other error is answered as a failure of ours. */
export interface Validator<T extends KubeObject> {
  create?(object: T, request: AdmissionRequest<T>): Awaitable<Judgement | void>;
  update?(before: T, after: T, request: AdmissionRequest<T>): Awaitable<Judgement | void>;
  delete?(object: T, request: AdmissionRequest<T>): Awaitable<Judgement | void>;
}

export interface AdmissionPlace {
  /** Instead of controller-runtime's path for the kind. */
  readonly path?: string;
}

/** Allowed, with an optional reason that goes to the audit log. */
export const allow = (message?: string): AdmissionVerdict => ({ allowed: true, status: { code: 200, message } });

/** Denied: the user gets 403 with this message. */
export const deny = (message: string): AdmissionVerdict => ({
  allowed: false,
  status: { code: 403, reason: 'Forbidden', message },
});

/** The webhook itself failed, with an HTTP status code of that meaning. */
export const fail = (code: number, message: string): AdmissionVerdict => ({
  allowed: false,
  status: { code, message },
});

/** Any admission webhook. The request it sees is frozen. */
export function admissionWebhook<T extends KubeObject>(
  path: string,
  judge: (request: AdmissionRequest<T>) => Awaitable<AdmissionVerdict>,
): Webhook {
  const handler: Handler = async httpRequest => {
    let apiVersion = 'admission.k8s.io/v1';
    let uid = '';
    let verdict: AdmissionVerdict;
    try {
      const review = readReview(httpRequest);
      apiVersion = review.apiVersion ?? apiVersion;
      uid = review.request.uid;
      verdict = await judge(deepFreeze(review.request) as unknown as AdmissionRequest<T>);
    } catch (error) {
      verdict = verdictOf(error);
    }
    const { patch, status = { code: 200 }, ...rest } = verdict;
    const patched = patch?.length ? { patch: toBase64(JSON.stringify(patch)), patchType: 'JSONPatch' } : {};
    return jsonAnswer(200, { apiVersion, kind: 'AdmissionReview', response: { uid, ...rest, status, ...patched } });
  };
  return { path, handler };
}

function verdictOf(error: unknown): AdmissionVerdict {
  if (!(error instanceof StatusError)) return fail(500, messageOf(error));
  const { code, reason, message, details } = error;
  return { allowed: false, status: { code, reason, message, details } };
}

/**
 * A webhook that completes objects: `complete` answers a changed object (its input is frozen), and the difference goes out as a
 * JSON patch. Deletes pass unseen. A thrown StatusError denies.
 */
export function defaulter<T extends KubeObject>(
  kind: GroupVersionKind,
  complete: (object: T, request: AdmissionRequest<T>) => Awaitable<T>,
  { path = webhookPath('mutate', kind) }: AdmissionPlace = {},
): Webhook {
  return admissionWebhook<T>(path, async request => {
    if (request.operation === 'DELETE') return allow();
    const object = given(request.object, 'object');
    return { ...allow(), patch: jsonPatchOf(object, await complete(object, request)) };
  });
}

/** A webhook that judges objects of a kind. CONNECT is allowed. */
export function validator<T extends KubeObject>(
  kind: GroupVersionKind,
  rules: Validator<T>,
  { path = webhookPath('validate', kind) }: AdmissionPlace = {},
): Webhook {
  return admissionWebhook<T>(path, async request => {
    const { denied, warnings } = (await judgement(rules, request)) ?? {};
    return { ...(denied === undefined ? allow() : deny(denied)), ...(warnings?.length ? { warnings } : {}) };
  });
}

function judgement<T extends KubeObject>(
  rules: Validator<T>,
  request: AdmissionRequest<T>,
): Awaitable<Judgement | void> {
  switch (request.operation) {
    case 'CREATE':
      return rules.create?.(given(request.object, 'object'), request);
    case 'UPDATE':
      return rules.update?.(given(request.oldObject, 'oldObject'), given(request.object, 'object'), request);
    case 'DELETE':
      return rules.delete?.(given(request.oldObject, 'oldObject'), request);
    case 'CONNECT':
      return undefined;
    default:
      throw badRequest(`unknown operation request "${String(request.operation)}"`);
  }
}

function given<T>(object: T | null | undefined, field: string): T {
  if (object === null || object === undefined) throw badRequest(`the review has no ${field}`);
  return object;
}
