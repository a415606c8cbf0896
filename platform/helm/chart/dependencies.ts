/** Which dependencies of a chart are on, under which names, and what they lend their parent. */
import { ChartError } from '../errors.ts';
import { isInRange } from '../functions/semver.ts';
import { valueOf, type Value, type ValueMap } from '../template/values.ts';
import type { Chart, ChartDependency, ChartMetadata } from '../types.ts';
import { coalesce, copied, mergeTables, tableAt, valueAt, type Valued } from './coalesce.ts';

/** A chart as one rendering sees it: its dependencies are those that are on, by the names they have here. */
export interface ActiveChart extends Valued {
  name: string;
  values: ValueMap;
  dependencies: ActiveChart[];
  readonly metadata: ChartMetadata;
  readonly chart: Chart;
}

const fits = (range: string | undefined, version: string): boolean =>
  range === undefined || range === '' || isInRange(range, version);

function activeOf(chart: Chart, name = chart.metadata.name): ActiveChart {
  const metadata = { ...chart.metadata, name };
  return {
    name,
    metadata,
    chart,
    values: valueOf(chart.values) as ValueMap,
    dependencies: chart.dependencies.map(each => activeOf(each)),
  };
}

/** By tags first, then by the first condition that is a boolean. */
function isOn({ tags, condition }: ChartDependency, values: ValueMap, path: string): boolean {
  const table = values.get('tags');
  const marks = (tags ?? []).map(tag => (table instanceof Map ? table.get(tag) : undefined));
  let on = marks.includes(true) || !marks.includes(false);
  for (const place of (condition ?? '').trim().split(',')) {
    const value = place === '' ? undefined : valueAt(values, path + place);
    if (typeof value !== 'boolean') continue;
    on = value;
    break;
  }
  return on;
}

/** Takes the dependencies that are off away, in the whole tree. */
function enable(chart: ActiveChart, values: ValueMap, path: string): void {
  const wanted = chart.metadata.dependencies;
  if (!wanted) return;
  const all = chart.dependencies;
  const isNamed = (each: ActiveChart) =>
    wanted.some(({ name, version }) => name === each.name && fits(version, each.metadata.version));
  const named = wanted.flatMap(dependency => {
    const found = all.find(each => each.name === dependency.name && fits(dependency.version, each.metadata.version));
    return found ? [activeOf(found.chart, dependency.alias || found.name)] : [];
  });
  chart.dependencies = [...all.filter(each => !isNamed(each)), ...named];
  const merged = coalesce(chart, copied(values));
  const nameOf = ({ alias, name }: ChartDependency): string => alias || name;
  const off = new Set(wanted.filter(each => !isOn(each, merged, path)).map(nameOf));
  chart.dependencies = chart.dependencies.filter(({ name }) => !off.has(name));
  chart.metadata.dependencies = wanted.filter(each => !off.has(nameOf(each)));
  for (const each of chart.dependencies) enable(each, merged, `${path}${each.name}.`);
}

/** `import-values`: what a dependency exports stands in its parent's values, beneath what the parent says itself. */
function importValues(chart: ActiveChart): void {
  for (const each of chart.dependencies) importValues(each);
  const wanted = chart.metadata.dependencies?.filter(each => each['import-values']?.length);
  if (!wanted?.length) return;
  const merged = coalesce(chart, new Map(), true);
  const imported: ValueMap = new Map();
  for (const dependency of wanted) {
    for (const entry of dependency['import-values'] ?? []) {
      const [child, parent] = typeof entry === 'string' ? [`exports.${entry}`, '.'] : [entry.child, entry.parent];
      const table = tableAt(merged, `${dependency.alias || dependency.name}.${child}`);
      if (table) mergeTables(imported, under(parent, copied(table)), true);
    }
  }
  chart.values = mergeTables(copied(merged), imported, true);
}

function under(path: string, table: ValueMap): ValueMap {
  if (path === '.') return table;
  return path.split('.').reduceRight<Value>((inner, key) => new Map([[key, inner]]), table) as ValueMap;
}

/** The chart with what is on of it, for these values. */
export function activate(chart: Chart, values: ValueMap): ActiveChart {
  const active = activeOf(chart);
  enable(active, values, '');
  importValues(active);
  return active;
}

/** @throws ChartError when Chart.yaml names dependencies that charts/ has not */
export function checkDependencies({ metadata, dependencies }: Chart): void {
  const present = new Set(dependencies.map(each => each.metadata.name));
  const missing = (metadata.dependencies ?? []).map(({ name }) => name).filter(name => !present.has(name));
  if (missing.length > 0)
    throw new ChartError(`found in Chart.yaml, but missing in charts/ directory: ${missing.join(', ')}`);
}
