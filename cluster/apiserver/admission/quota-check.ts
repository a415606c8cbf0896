/** What a write costs the quotas of its namespace, and whether they can bear it (upstream `resourcequota.CheckRequest`). */
import { isInScopes, isTracked, unspecified, usageOf, type Usage } from '@orrery/kinds/quota';
import type { Pod, ResourceQuota } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import {
  addQuantities,
  compareQuantities,
  formatQuantity,
  parseQuantity,
  subtractQuantities,
  zeroQuantity,
  type Quantity,
} from '@orrery/machinery/quantity';
import type { AdmissionAttributes } from '../types.ts';
import { refuse } from './refuse.ts';

type Amounts = Readonly<Record<string, string>>;

/** Whether this write can use up anything: what is counted as a whole only when it is new, what can grow also later. */
export function isCharged({ operation, resource: { group, resource }, subresource }: WriteKind): boolean {
  if (operation === 'CREATE') return subresource === '';
  if (operation !== 'UPDATE' || group !== '') return false;
  if (resource === 'pods') return subresource === 'resize';
  return (resource === 'services' || resource === 'persistentvolumeclaims') && subresource === '';
}

export type WriteKind = Pick<AdmissionAttributes, 'operation' | 'resource' | 'subresource'>;

/**
 * The new `status.used` of each quota that a write changes, by the quota's name. `now` is in milliseconds since the epoch.
 * @throws StatusError 403 when a quota is exceeded, or wants something said that the object does not say.
 */
export function charge(
  quotas: readonly ResourceQuota[],
  attributes: AdmissionAttributes,
  now: number,
): ReadonlyMap<string, Amounts> {
  const { resource, oldObject } = attributes;
  const object = attributes.object!;
  const concerned = quotas.filter(quota => concerns(quota, attributes, object));
  const charged = new Map<string, Amounts>();
  if (concerned.length === 0) return charged;
  const usage = usageOf(resource, object, now);
  const more = oldObject ? increase(usage, usageOf(resource, oldObject, now)) : usage;
  for (const quota of concerned) {
    // An object that comes under a quota by a change is charged as a whole.
    const delta = oldObject && isInScopes(quota, resource, oldObject) ? more : usage;
    const used = added(quota, delta, attributes);
    if (used) charged.set(quota.metadata.name!, used);
  }
  return charged;
}

function concerns(quota: ResourceQuota, attributes: AdmissionAttributes, object: KubeObject): boolean {
  const { resource } = attributes;
  const { hard = {}, used = {} } = quota.status ?? {};
  const names = Object.keys(hard).filter(name => isTracked(resource, name));
  if (names.length === 0 || !isInScopes(quota, resource, object)) return false;
  const name = quota.metadata.name!;
  if (resource.group === '' && resource.resource === 'pods') {
    const missing = [...unspecified(object as Pod, names)].map(
      ([amount, whose]) => `${amount} for: ${whose.join(',')}`,
    );
    if (missing.length > 0) throw refuse(attributes, `failed quota: ${name}: must specify ${missing.join('; ')}`);
  }
  if (names.some(amount => used[amount] === undefined))
    throw refuse(attributes, `status unknown for quota: ${name}, resources: ${names.sort().join(',')}`);
  return true;
}

/** What `after` has more than `before`; less counts as nothing, since the controller gives back. */
function increase(after: Usage, before: Usage): Usage {
  const more = [...after].map(([name, amount]): [string, Quantity] => {
    const difference = subtractQuantities(amount, before.get(name) ?? zeroQuantity);
    return [name, difference.nano > 0n ? difference : zeroQuantity];
  });
  return new Map(more);
}

function added(quota: ResourceQuota, delta: Usage, attributes: AdmissionAttributes): Amounts | undefined {
  const { hard = {}, used = {} } = quota.status!;
  const asked = [...delta].filter(([name, amount]) => amount.nano !== 0n && hard[name] !== undefined);
  if (asked.length === 0) return undefined;
  const next: Record<string, string> = { ...used };
  const exceeded: [string, Quantity][] = [];
  for (const [name, amount] of asked) {
    const sum = addQuantities(parseQuantity(used[name] ?? '0'), amount);
    next[name] = formatQuantity(sum);
    if (compareQuantities(sum, parseQuantity(hard[name]!)) > 0) exceeded.push([name, amount]);
  }
  if (exceeded.length === 0) return next;
  const names = exceeded.map(([name]) => name);
  const requested = inWords(
    Object.fromEntries(exceeded.map(([name, amount]) => [name, formatQuantity(amount)])),
    names,
  );
  const why = `requested: ${requested}, used: ${inWords(used, names)}, limited: ${inWords(hard, names)}`;
  throw refuse(attributes, `exceeded quota: ${quota.metadata.name}, ${why}`);
}

const inWords = (amounts: Amounts, names: readonly string[]): string =>
  names
    .filter(name => amounts[name] !== undefined)
    .toSorted()
    .map(name => `${name}=${amounts[name]}`)
    .join(',');
