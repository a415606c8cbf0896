/** Quotas as people read and write them (pure). */
import type { WorkspaceQuota } from '@orrery/platform-kinds/types';
import { compareQuantities, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';

/** Names of resources that have a word of their own here, in the order of forms and lists. */
export const knownResources = [
  'requests.cpu',
  'limits.cpu',
  'requests.memory',
  'limits.memory',
  'requests.storage',
  'persistentvolumeclaims',
  'pods',
  'count/deployments.apps',
  'count/statefulsets.apps',
  'count/daemonsets.apps',
  'count/jobs.batch',
  'count/cronjobs.batch',
  'services',
  'configmaps',
  'secrets',
] as const;
export type KnownResource = (typeof knownResources)[number];

/** The same limit under other names. */
const aliases: Readonly<Record<string, KnownResource>> = {
  cpu: 'requests.cpu',
  memory: 'requests.memory',
  'count/pods': 'pods',
  'count/services': 'services',
  'count/configmaps': 'configmaps',
  'count/secrets': 'secrets',
  'count/persistentvolumeclaims': 'persistentvolumeclaims',
};

export const wordOf = (name: string): KnownResource | undefined =>
  aliases[name] ?? knownResources.find(known => known === name);

export interface Usage {
  readonly name: string;
  readonly hard: string;
  readonly used: string;
  /** Of what is set, in hundredths; more than 100 where it was set below what was there. */
  readonly percent: number;
}

type Amounts = Readonly<Record<string, string>>;

const rank = (name: string): number => {
  const word = wordOf(name);
  return word === undefined ? knownResources.length : knownResources.indexOf(word);
};

/** What is used of each limit, in the order of forms. What nobody has counted yet is none. */
export const usagesOf = (hard: Amounts = {}, used: Amounts = {}): readonly Usage[] =>
  Object.entries(hard)
    .map(([name, limit]) => ({ name, hard: limit, used: used[name] ?? '0', percent: percentOf(used[name], limit) }))
    .toSorted((left, right) => rank(left.name) - rank(right.name) || (left.name < right.name ? -1 : 1));

function percentOf(used: string | undefined, hard: string): number {
  const [now, most] = [used ?? '0', hard].map(text => Number(parseQuantity(text).nano)) as [number, number];
  if (most <= 0) return now > 0 ? 200 : 100;
  return Math.round((now / most) * 100);
}

export type Fullness = 'good' | 'warn' | 'bad';
export const fullnessOf = ({ percent }: Usage): Fullness => (percent >= 100 ? 'bad' : percent >= 80 ? 'warn' : 'good');

/** Whether a text is an amount that can be set: a quantity that is not below nothing. Empty is no limit. */
export function isAmount(text: string): boolean {
  if (text.trim() === '') return true;
  try {
    return compareQuantities(parseQuantity(text.trim()), zeroQuantity) >= 0;
  } catch {
    return false;
  }
}

/** For a merge patch: what was emptied is taken away, what is as it was is left out. */
export const amountsPatch = (before: Amounts, values: Amounts): Readonly<Record<string, string | null>> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, text]): [string, string | null][] => {
      const wanted = text.trim();
      if (wanted === (before[name] ?? '')) return [];
      return [[name, wanted === '' ? null : wanted]];
    }),
  );

/** For something new: what was left empty is not set. */
export const amountsOf = (values: Amounts): Readonly<Record<string, string>> =>
  Object.fromEntries(
    Object.entries(values).flatMap(([name, text]) => (text.trim() === '' ? [] : [[name, text.trim()]])),
  );

/** The fields of a form for a quota: those that people ask for, and whatever else it sets. */
export const fieldsFor = (hard: Amounts = {}): readonly string[] => [
  ...knownResources.filter(name => !Object.keys(hard).some(set => set !== name && aliases[set] === name)),
  ...Object.keys(hard).filter(name => !(knownResources as readonly string[]).includes(name)),
];

/** What a quota of a workspace sets. */
export const hardOf = ({ spec }: WorkspaceQuota): Readonly<Record<string, string>> => spec.quota?.hard ?? {};

/** Used of what is set, over all projects together. */
export const totalOf = (quota: WorkspaceQuota): readonly Usage[] => usagesOf(hardOf(quota), quota.status?.total?.used);
