/** What never stands in a record: secrets, wherever people put them. Pure. */
import type { AuditEvent } from '@orrery/platform-contract/features';

const hidden = '[omitted]';

const secretWord = /passw(or)?d|passwd|secret|token|credential|authorization|api[-_]?key|private[-_]?key|kubeconfig/i;
/** Fields that only name or describe a secret. */
const harmless =
  /^(secretName|secretRef|secretKeyRef|imagePullSecrets|automountServiceAccountToken|serviceAccountToken)$/;

/** Kinds whose content is a secret, or may be: nothing of their bodies is recorded. ConfigMaps are among upstream's own. */
const withoutBodies = new Set(['secrets', 'configmaps', 'tokenreviews', 'tokenrequests', 'certificatesigningrequests']);
const withoutBodiesBelow = new Set([
  'token',
  'password',
  'exec',
  'attach',
  'portforward',
  'proxy',
  'file',
  'kubeconfig',
]);
const groupsWithoutBodies = new Set(['oauth.kubesphere.io', 'authentication.k8s.io']);

/** Whether the bodies of requests about this may be recorded at all. */
export function mayKeepBodies(reference: AuditEvent['objectRef']): boolean {
  if (!reference) return false;
  const { resource = '', subresource = '', name = '', apiGroup = '' } = reference;
  const parts = [resource, name, ...subresource.split('/')];
  return (
    !groupsWithoutBodies.has(apiGroup) &&
    !withoutBodies.has(resource) &&
    !parts.some(part => withoutBodiesBelow.has(part) || /secret|kubeconfig|credential|verify/i.test(part))
  );
}

const depthMax = 32;

/** A copy without what looks like a secret, without what servers keep for themselves. */
export function redacted(value: unknown, depth = 0): unknown {
  if (depth > depthMax) return hidden;
  if (Array.isArray(value)) return value.map(item => redacted(item, depth + 1));
  if (typeof value !== 'object' || value === null) return value;
  const fields = value as Readonly<Record<string, unknown>>;
  const isSecret = fields['kind'] === 'Secret';
  // `{ name: "DB_PASSWORD", value }` of containers, `{ op, path: "/spec/password", value }` of patches.
  const named = [fields['name'], fields['path'], fields['key']].some(
    name => typeof name === 'string' && secretWord.test(name),
  );
  const copy: Record<string, unknown> = {};
  for (const [name, field] of Object.entries(fields)) {
    if (name === 'managedFields' || name === 'kubectl.kubernetes.io/last-applied-configuration') continue;
    const isHidden =
      (isSecret && (name === 'data' || name === 'stringData')) ||
      (named && name === 'value') ||
      (secretWord.test(name) && !harmless.test(name) && !isCount(field));
    Object.defineProperty(copy, name, {
      value: isHidden ? hidden : redacted(field, depth + 1),
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

/** `expirationSeconds` and flags tell nothing. */
const isCount = (value: unknown): boolean => typeof value === 'number' || typeof value === 'boolean' || value === null;

/** Parameters whose values are known to be harmless; of others only the name is recorded. */
const plainParameters = new Set(
  (
    'labelSelector fieldSelector limit page sortBy ascending watch resourceVersion dryRun fieldManager force ' +
    'propagationPolicy gracePeriodSeconds container stdin stdout stderr tty pretty timeoutSeconds operation'
  ).split(' '),
);
const lengthMax = 1024;

/** The address of a request, without what a query may carry. Addresses that a proxy is asked for end before their own query. */
export function redactedAddress(target: string): string {
  const mark = target.indexOf('?');
  if (mark < 0) return target.slice(0, lengthMax);
  const query = [...new URLSearchParams(target.slice(mark + 1))].map(
    ([name, value]) => `${encodeURIComponent(name)}=${plainParameters.has(name) ? encodeURIComponent(value) : hidden}`,
  );
  return `${target.slice(0, mark)}?${query.join('&')}`.slice(0, lengthMax);
}
