/** Rules as people read them: how far a role goes in each area, and what is left beyond that (pure). */
import type { PolicyRule } from '@orrery/platform-kinds/types';
import { areas, type Area } from './areas.data.ts';

/** `some`: more than nothing, but neither all reading nor all of it. */
export type Level = 'none' | 'some' | 'view' | 'manage';
/** What a role can be given in a form. */
export type Given = Exclude<Level, 'some'>;
export const givenLevels = ['none', 'view', 'manage'] as const satisfies readonly Given[];
export type Levels = Readonly<Record<string, Level>>;

const reading = ['get', 'list', 'watch'];
const writing = ['create', 'update', 'patch', 'delete'];
const every = [...reading, ...writing, '*'];

const has = (names: readonly string[] | undefined, name: string): boolean =>
  names !== undefined && (names.includes('*') || names.includes(name));

/** Whether one of the rules allows this for all objects of the kind. */
const allows = (rules: readonly PolicyRule[], verb: string, group: string, resource: string): boolean =>
  rules.some(
    rule =>
      !rule.resourceNames?.length &&
      has(rule.verbs, verb) &&
      has(rule.apiGroups, group) &&
      has(rule.resources, resource),
  );

function levelIn(rules: readonly PolicyRule[], { parts }: Area): Level {
  const kinds = parts.flatMap(([group, ...resources]) => resources.map(resource => [group, resource] as const));
  const all = (verbs: readonly string[]) =>
    verbs.every(verb => kinds.every(([group, resource]) => allows(rules, verb, group, resource)));
  if (all(['*'])) return 'manage';
  if (all(reading) && !writing.some(verb => kinds.some(([group, resource]) => allows(rules, verb, group, resource))))
    return 'view';
  const some = every.some(verb => kinds.some(([group, resource]) => allows(rules, verb, group, resource)));
  return some ? 'some' : 'none';
}

export const levelsOf = (rules: readonly PolicyRule[]): Levels =>
  Object.fromEntries(areas.map(area => [area.key, levelIn(rules, area)]));

/** May do everything. */
export const isEverything = (rules: readonly PolicyRule[]): boolean => allows(rules, '*', '*', '*');

/** The rules of a role that somebody puts together in a form. */
export const rulesOf = (levels: Readonly<Record<string, Given>>): PolicyRule[] =>
  areas.flatMap(({ key, parts }) => {
    const level = levels[key] ?? 'none';
    if (level === 'none') return [];
    const verbs = level === 'view' ? reading : ['*'];
    return parts.map(([group, ...resources]) => ({ verbs: [...verbs], apiGroups: [group], resources: [...resources] }));
  });

/** A rule in one line each for what and how, as they are written: for what no area says. */
export const ruleTexts = ({
  verbs,
  apiGroups = [],
  resources = [],
  resourceNames = [],
  nonResourceURLs = [],
}: PolicyRule) => ({
  what: [
    ...nonResourceURLs,
    ...resources.map(resource => {
      const groups = apiGroups.filter(group => group !== '').join(', ');
      return groups ? `${resource} (${groups})` : resource;
    }),
  ].join(', '),
  names: resourceNames.join(', '),
  verbs: verbs.join(', '),
});
