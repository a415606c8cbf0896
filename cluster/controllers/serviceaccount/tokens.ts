/**
 * Tokens that are kept in Secrets: those of service accounts are filled in and end with their account (upstream `controller/serviceaccount/
 * tokens_controller.go`), bootstrap tokens go when their time is over (`controller/bootstrap/tokencleaner.go`).
 */
import { resources } from '@orrery/client/resources';
import type { Secret } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason, orUndefined } from '@orrery/machinery/status';
import { runController, watchOf, type Result } from '@orrery/reconciler';
import { retryingConflicts } from '../common/conflicts.ts';
import type { Controller } from '../types.ts';

const accountTokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';
const bootstrapType = 'bootstrap.kubernetes.io/token';

const encoded = (text: string): string => Buffer.from(text).toString('base64');

/** What a Secret of a service account must hold. */
export interface TokenFacts {
  readonly rootCertificates: string;
  token(account: KubeObject, secret: string): string;
}

/** The Secret as it must be; undefined when it is so already. A token that is there is left: others may be using it. Pure. */
export function filled(secret: Secret, account: KubeObject, facts: TokenFacts): Secret | undefined {
  const { name = '', namespace = '', annotations = {} } = secret.metadata;
  const data = secret.data ?? {};
  const { uid = '' } = account.metadata;
  const certificates = encoded(facts.rootCertificates);
  const isWhole =
    data['token'] && data['namespace'] && data['ca.crt'] === certificates && annotations[uidAnnotation] === uid;
  if (isWhole) return undefined;
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...annotations, [uidAnnotation]: uid } },
    data: {
      ...data,
      'ca.crt': certificates,
      namespace: data['namespace'] || encoded(namespace),
      token: data['token'] || encoded(facts.token(account, name)),
    },
  };
}

const accountOf = ({ metadata }: Secret): string => metadata.annotations?.[nameAnnotation] ?? '';

/** Whether the Secret is of this very account, or of no account in particular yet. */
const isOf = ({ metadata }: Secret, account: KubeObject): boolean => {
  const uid = metadata.annotations?.[uidAnnotation];
  return !uid || uid === account.metadata.uid;
};

const ignoreGone = (error: unknown): void => {
  if (!isReason(error, 'NotFound') && !isReason(error, 'Conflict')) throw error;
};

export const serviceAccountTokenController: Controller = {
  name: 'serviceaccount-token-controller',
  async start(ctx, { serviceAccountToken: token, rootCertificates }) {
    if (!token) return;
    const secrets = ctx.informers.of<Secret>(resources.secrets, { fieldSelector: `type=${accountTokenType}` });
    const accounts = ctx.informers.of(resources.serviceaccounts);
    const secretsOf = (account: KubeObject): string[] =>
      secrets
        .list(account.metadata.namespace)
        .filter(secret => accountOf(secret) === account.metadata.name)
        .map(({ metadata }) => `${metadata.namespace}/${metadata.name}`);
    const sources = [watchOf(secrets), watchOf(accounts, ({ before, after }) => secretsOf((after ?? before)!))];
    const reconcile = async (key: string): Promise<void> => {
      const secret = secrets.get(key);
      if (!secret || secret.metadata.deletionTimestamp || !accountOf(secret)) return;
      const { namespace = '', name = '', uid } = secret.metadata;
      // What is cached may be older than the Secret: nothing is deleted for an account that has just come.
      const account = await orUndefined(ctx.client.get(resources.serviceaccounts, accountOf(secret), { namespace }));
      if (!account || !isOf(secret, account)) {
        await ctx.client.delete(resources.secrets, name, { namespace, preconditions: { uid } }).catch(ignoreGone);
        return;
      }
      const wanted = filled(secret, account, { rootCertificates, token });
      if (wanted) await ctx.client.update(resources.secrets, wanted).catch(ignoreGone);
    };
    const name = 'serviceaccount-token-controller';
    await runController({ name, concurrency: 5, sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};

/** Milliseconds until a bootstrap token ends, at most 0 when it has; undefined for one without an end. Pure. */
export function timeLeft({ data }: Secret, nowMs: number): number | undefined {
  const text = Buffer.from(data?.['expiration'] ?? '', 'base64').toString();
  if (text === '') return undefined;
  const ends = Date.parse(text);
  // A time that cannot be read counts as past, as where tokens are checked.
  return Number.isNaN(ends) ? 0 : ends - nowMs;
}

export const tokenCleanerController: Controller = {
  name: 'token-cleaner-controller',
  serviceAccount: 'token-cleaner',
  start(ctx) {
    const namespace = 'kube-system';
    const secrets = ctx.informers.of<Secret>(resources.secrets, { namespace, fieldSelector: `type=${bootstrapType}` });
    const reconcile = async (key: string): Promise<Result | void> => {
      const secret = secrets.get(key);
      const left = secret && timeLeft(secret, ctx.clock.now());
      if (secret === undefined || left === undefined) return;
      // Longer waits than an alarm can take are taken in parts.
      if (left > 0) return { requeueAfterMs: Math.min(left, 24 * 3600_000) };
      const { name = '', uid } = secret.metadata;
      await ctx.client.delete(resources.secrets, name, { namespace, preconditions: { uid } }).catch(ignoreGone);
    };
    const sources = [watchOf(secrets)];
    return runController({ name: 'token-cleaner-controller', sources, reconcile: retryingConflicts(reconcile) }, ctx);
  },
};
