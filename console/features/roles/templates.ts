/** Picking templates: what is chosen along with them, what holds them fast, and which are shown (pure). */
import { annotations, labels } from '@orrery/platform-kinds/names';
import type { Category, PolicyRule, RoleTemplate } from '@orrery/platform-kinds/types';
import { text, type Language, type Text } from '../../util/messages.ts';

export interface Template {
  readonly name: string;
  readonly title: Text;
  readonly category: string;
  /** Names of the templates that it makes no sense without. */
  readonly needs: readonly string[];
  readonly rules: readonly PolicyRule[];
}

export interface TemplateGroup {
  readonly key: string;
  readonly title: Text;
  readonly templates: readonly Template[];
}

const spoken = (words: Readonly<Record<string, string>> | undefined, name: string): Text =>
  text(words?.['en'] ?? name, words?.['zh'] ?? words?.['en'] ?? name);

/** JSON in 3.x, and in 4.x also plain text with commas. */
function namesIn(said: string | undefined): string[] {
  if (!said) return [];
  try {
    const names: unknown = JSON.parse(said);
    return Array.isArray(names) ? names.filter(name => typeof name === 'string') : [];
  } catch {
    return said.split(',').flatMap(name => name.trim() || []);
  }
}

export function templateOf({ metadata, spec }: RoleTemplate): Template {
  const { name = '', annotations: said = {}, labels: marks = {} } = metadata;
  return {
    name,
    title: spoken(spec.displayName, name),
    category: marks[labels.category] ?? '',
    needs: namesIn(said[annotations.dependencies]),
    rules: spec.rules ?? [],
  };
}

type Named = ReadonlyMap<string, Template>;
export const byName = (templates: readonly Template[]): Named => new Map(templates.map(each => [each.name, each]));

/** The chosen ones and all that they need. What is needed but not there is left out, as the platform does. */
export function withNeeds(chosen: Iterable<string>, all: Named): ReadonlySet<string> {
  const found = new Set<string>();
  const take = (name: string) => {
    if (found.has(name) || !all.has(name)) return;
    found.add(name);
    for (const need of all.get(name)!.needs) take(need);
  };
  for (const name of chosen) take(name);
  return found;
}

/** The taken templates that do not go without this one: while there are some it stays. */
export const holdersOf = (name: string, taken: ReadonlySet<string>, all: Named): readonly Template[] =>
  [...taken].flatMap(other => {
    const template = all.get(other);
    return template && other !== name && withNeeds(template.needs, all).has(name) ? [template] : [];
  });

const fold = (words: string): string => words.toLocaleLowerCase();

/** By categories in the order of their titles, those with something to show; `search` is a part of the title or of the name. */
export function groupsOf(
  templates: readonly Template[],
  categories: readonly Category[],
  language: Language,
  search = '',
): readonly TemplateGroup[] {
  const wanted = fold(search.trim());
  const titles = new Map(categories.map(({ metadata: { name = '' }, spec }) => [name, spoken(spec.displayName, name)]));
  const titleOf = (key: string): Text => titles.get(key) ?? text(key, key);
  const shown = templates.filter(({ name, title, category }) =>
    [name, title.en, title.zh, titleOf(category)[language]].some(words => fold(words).includes(wanted)),
  );
  return [...Map.groupBy(shown, ({ category }) => category)]
    .map(([key, found]) => ({
      key,
      title: titleOf(key),
      templates: found.toSorted((left, right) => left.title[language].localeCompare(right.title[language], language)),
    }))
    .toSorted((left, right) => left.title[language].localeCompare(right.title[language], language));
}

/** May do everything. */
export const isEverything = (rules: readonly PolicyRule[]): boolean =>
  rules.some(
    ({ verbs, apiGroups = [], resources = [], resourceNames = [] }) =>
      [verbs, apiGroups, resources].every(names => names.includes('*')) && resourceNames.length === 0,
  );

/** A rule in one line each for what and how, as they are written. */
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
