/** Whether somebody's rules include other rules (upstream `component-helpers/auth/rbac/validation`). Pure. */
import type { PolicyRule } from './rules.ts';
import { pathMatches } from './rules.ts';
import { quote } from '@orrery/machinery/fieldpath';

/** Takes rules apart so that each piece has one group, one resource and one verb (and at most one name), or one path and one verb. */
export function* breakDown(rule: PolicyRule): Generator<PolicyRule> {
  for (const group of rule.apiGroups ?? [])
    for (const resource of rule.resources ?? [])
      for (const verb of rule.verbs) {
        const piece = { verbs: [verb], apiGroups: [group], resources: [resource] };
        if (!rule.resourceNames?.length) yield piece;
        for (const name of rule.resourceNames ?? []) yield { ...piece, resourceNames: [name] };
      }
  for (const path of rule.nonResourceURLs ?? [])
    for (const verb of rule.verbs) yield { verbs: [verb], nonResourceURLs: [path] };
}

const all = (owned: readonly string[] | undefined, wanted: readonly string[] | undefined): boolean =>
  (owned ?? []).includes('*') || (wanted ?? []).every(value => owned?.includes(value));

const coversResource = (owned: readonly string[], wanted: string): boolean => {
  const subresource = wanted.includes('/') ? wanted.slice(wanted.indexOf('/') + 1) : undefined;
  return (
    owned.includes('*') || owned.includes(wanted) || (subresource !== undefined && owned.includes(`*/${subresource}`))
  );
};

/** Whether one rule includes a piece made by {@link breakDown}. */
export function ruleCovers(owned: PolicyRule, piece: PolicyRule): boolean {
  const names = owned.resourceNames ?? [];
  return (
    all(owned.verbs, piece.verbs) &&
    all(owned.apiGroups, piece.apiGroups) &&
    (piece.resources ?? []).every(resource => coversResource(owned.resources ?? [], resource)) &&
    (piece.nonResourceURLs ?? []).every(path => owned.nonResourceURLs?.some(pattern => pathMatches(pattern, path))) &&
    (names.length === 0 || (piece.resourceNames?.length === 1 && names.includes(piece.resourceNames[0]!)))
  );
}

/** The pieces of `wanted` that no single owned rule includes. */
export function missingRules(owned: readonly PolicyRule[], wanted: readonly PolicyRule[]): PolicyRule[] {
  const missing: PolicyRule[] = [];
  for (const rule of wanted)
    for (const piece of breakDown(rule))
      if (!owned.some(candidate => ruleCovers(candidate, piece))) missing.push(piece);
  return missing;
}

/** Joins pieces that differ only in their verb. */
export function compact(rules: readonly PolicyRule[]): PolicyRule[] {
  const joined = new Map<string, PolicyRule & { verbs: string[] }>();
  for (const { verbs, ...rest } of rules) {
    const key = JSON.stringify([
      rest.apiGroups,
      rest.resources,
      rest.resourceNames,
      rest.nonResourceURLs && [rest.nonResourceURLs, verbs],
    ]);
    const known = joined.get(key);
    if (known) known.verbs.push(...verbs.filter(verb => !known.verbs.includes(verb)));
    else joined.set(key, { ...rest, verbs: [...verbs] });
  }
  return [...joined.values()];
}

const list = (values: readonly string[]): string => `[${values.map(quote).join(' ')}]`;

/** Upstream's short form, e.g. `{APIGroups:[""], Resources:["pods"], Verbs:["get" "list"]}`. */
export function ruleText(rule: PolicyRule): string {
  const parts: [string, readonly string[] | undefined][] = [
    ['APIGroups', rule.apiGroups],
    ['Resources', rule.resources],
    ['NonResourceURLs', rule.nonResourceURLs],
    ['ResourceNames', rule.resourceNames],
    ['Verbs', rule.verbs],
  ];
  return `{${parts.flatMap(([name, values]) => (values?.length ? [`${name}:${list(values)}`] : [])).join(', ')}}`;
}

/** A Go list of strings as `%q` writes it; messages about users use it too. */
export const quotedList = list;
