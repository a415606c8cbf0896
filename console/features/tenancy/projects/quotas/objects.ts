/** A project's ResourceQuotas and LimitRanges, and the changes that forms make to them (pure). */
import type { KubeObject } from '@orrery/machinery/meta';
import { amountsOf, amountsPatch } from '../../../../blocks/quota/quota.ts';

export type Amounts = Readonly<Record<string, string>>;

export interface ProjectQuota extends KubeObject {
  readonly spec?: { readonly hard?: Amounts; readonly scopes?: readonly string[]; readonly scopeSelector?: unknown };
  readonly status?: { readonly hard?: Amounts; readonly used?: Amounts };
}

export const quotaOf = (namespace: string, name: string, values: Amounts): ProjectQuota => ({
  apiVersion: 'v1',
  kind: 'ResourceQuota',
  metadata: { name, namespace },
  spec: { hard: amountsOf(values) },
});

/** A merge patch. */
export const quotaPatch = (quota: ProjectQuota, values: Amounts) => ({
  spec: { hard: amountsPatch(quota.spec?.hard ?? {}, values) },
});

/** Where the cluster's complaints about an amount are to be shown. */
export const quotaFields = (names: readonly string[]): Readonly<Record<string, string>> =>
  Object.fromEntries(names.map(name => [name, `spec.hard[${name}]`]));

export interface LimitItem {
  readonly type: string;
  readonly default?: Amounts;
  readonly defaultRequest?: Amounts;
  readonly [more: string]: unknown;
}

export interface LimitRange extends KubeObject {
  readonly spec: { readonly limits: readonly LimitItem[] };
}

const ofContainers = ({ type }: LimitItem): boolean => type === 'Container';

/** The fields of the form, and where they stand in the limits of containers. */
export const limitFields = {
  requestCpu: ['defaultRequest', 'cpu'],
  limitCpu: ['default', 'cpu'],
  requestMemory: ['defaultRequest', 'memory'],
  limitMemory: ['default', 'memory'],
} as const satisfies Readonly<Record<string, readonly ['default' | 'defaultRequest', string]>>;
export type LimitField = keyof typeof limitFields;
export const limitNames = Object.keys(limitFields) as LimitField[];

/** The one that says what containers get that ask for nothing; the first where there are several. */
export const defaultsIn = (ranges: readonly LimitRange[]): LimitRange | undefined =>
  ranges.find(({ spec }) => spec.limits.some(ofContainers)) ?? ranges[0];

export function limitValues(range: LimitRange | undefined): Record<LimitField, string> {
  const item = range?.spec.limits.find(ofContainers);
  return Object.fromEntries(
    limitNames.map(field => {
      const [part, resource] = limitFields[field];
      return [field, item?.[part]?.[resource] ?? ''];
    }),
  ) as Record<LimitField, string>;
}

/** The limits with the form's values; what the form does not show stays as it is. */
export function limitsWith(range: LimitRange | undefined, values: Readonly<Record<LimitField, string>>): LimitItem[] {
  const known = range?.spec.limits ?? [];
  const at = known.findIndex(ofContainers);
  const before: LimitItem = known[at] ?? { type: 'Container' };
  const part = (name: 'default' | 'defaultRequest'): Amounts => {
    const changed: Record<string, string> = { ...before[name] };
    for (const field of limitNames) {
      const [own, resource] = limitFields[field];
      if (own !== name) continue;
      const text = values[field].trim();
      if (text === '') delete changed[resource];
      else changed[resource] = text;
    }
    return changed;
  };
  const { default: _limits, defaultRequest: _requests, ...rest } = before;
  const [limits, requests] = [part('default'), part('defaultRequest')];
  const item: LimitItem = {
    ...rest,
    type: 'Container',
    ...(Object.keys(limits).length > 0 && { default: limits }),
    ...(Object.keys(requests).length > 0 && { defaultRequest: requests }),
  };
  return at < 0 ? [...known, item] : known.map((each, index) => (index === at ? item : each));
}

export const limitRangeOf = (namespace: string, limits: readonly LimitItem[]): LimitRange => ({
  apiVersion: 'v1',
  kind: 'LimitRange',
  metadata: { name: namespace, namespace },
  spec: { limits },
});

/** Where the cluster's complaints are to be shown: of the item at `index`. */
export const limitPaths = (index: number): Readonly<Record<string, string>> =>
  Object.fromEntries(
    limitNames.map(field => {
      const [part, resource] = limitFields[field];
      return [field, `spec.limits[${index}].${part}[${resource}]`];
    }),
  );

export const indexOfContainers = (limits: readonly LimitItem[]): number => limits.findIndex(ofContainers);
