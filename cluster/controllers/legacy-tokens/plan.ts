/** Which tokens that were once made for every service account may go (upstream `legacy_serviceaccount_token_cleaner.go`). Pure. */
import type { Pod, Secret, ServiceAccount } from '@orrery/kinds/types';

/** Written by the API server, a day as `2006-01-02`. */
export const lastUsedLabel = 'kubernetes.io/legacy-token-last-used';
/** From this day on the API server does not believe the token; without the label it does again. */
export const invalidSinceLabel = 'kubernetes.io/legacy-token-invalid-since';
export const tokenType = 'kubernetes.io/service-account-token';

const dayMs = 24 * 3600_000;

export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** The start of a day in milliseconds; NaN for what is none. */
const startOf = (day: string | undefined): number =>
  /^\d{4}-\d\d-\d\d$/.test(day ?? '') ? Date.parse(`${day}T00:00:00Z`) : NaN;

export interface Observed {
  readonly secrets: readonly Secret[];
  readonly pods: readonly Pod[];
  account(namespace: string, name: string): ServiceAccount | undefined;
  /** The day since when uses are written down. */
  readonly trackedSince: string | undefined;
  readonly nowMs: number;
  /** For how long a token must not have been used, and then have been invalid. */
  readonly unusedMs: number;
}

export interface LegacyTokenPlan {
  readonly invalidate: readonly Secret[];
  readonly remove: readonly Secret[];
}

const nothing: LegacyTokenPlan = { invalidate: [], remove: [] };

/** Only tokens that their accounts list are looked at: others were made by people on purpose. */
export function planLegacyTokens(observed: Observed): LegacyTokenPlan {
  const { secrets, pods, nowMs, unusedMs } = observed;
  const tracked = startOf(observed.trackedSince) + dayMs;
  if (!(nowMs >= tracked + unusedMs)) return nothing;
  const oldest = dayOf(nowMs - unusedMs);
  const idle = secrets.filter(secret => isIdle(secret, nowMs - unusedMs) && isAutomatic(secret, observed));
  const mounted = new Set(
    idle.length === 0
      ? []
      : pods.flatMap(({ metadata, spec }) => [...secretNames(spec)].map(name => `${metadata.namespace}/${name}`)),
  );
  const unused = idle.filter(({ metadata }) => !mounted.has(`${metadata.namespace}/${metadata.name}`));
  const invalidSince = ({ metadata }: Secret): string => metadata.labels?.[invalidSinceLabel] ?? '';
  const isMarked = (secret: Secret): boolean => !Number.isNaN(startOf(invalidSince(secret)));
  return {
    invalidate: unused.filter(secret => !isMarked(secret)),
    remove: unused.filter(secret => isMarked(secret) && invalidSince(secret) < oldest),
  };
}

/** Made before `beforeMs`, and not used since. */
function isIdle({ type, metadata }: Secret, beforeMs: number): boolean {
  if (type !== tokenType || metadata.deletionTimestamp) return false;
  if (!(Date.parse(metadata.creationTimestamp ?? '') < beforeMs)) return false;
  const lastUsed = metadata.labels?.[lastUsedLabel];
  if (lastUsed === undefined) return true;
  return !Number.isNaN(startOf(lastUsed)) && lastUsed < dayOf(beforeMs);
}

function isAutomatic({ metadata }: Secret, { account }: Observed): boolean {
  const found = account(metadata.namespace!, metadata.annotations?.['kubernetes.io/service-account.name'] ?? '');
  const uid = metadata.annotations?.['kubernetes.io/service-account.uid'];
  if (!found || (uid && uid !== found.metadata.uid)) return false;
  return (found.secrets ?? []).some(({ name }) => name === metadata.name);
}

/** The names of all Secrets that a pod's spec refers to, whatever for. */
export function secretNames(spec: unknown, names = new Set<string>(), under = ''): Set<string> {
  if (Array.isArray(spec)) for (const item of spec) secretNames(item, names, under);
  else if (typeof spec === 'object' && spec !== null) {
    const { name } = spec as { name?: unknown };
    if (typeof name === 'string' && /^(imagePullSecrets|secret|\w*[sS]ecret(Key)?Ref)$/.test(under)) names.add(name);
    for (const [key, value] of Object.entries(spec)) secretNames(value, names, key);
  } else if (under === 'secretName' && typeof spec === 'string') names.add(spec);
  return names;
}
