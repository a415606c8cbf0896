/** Figures about controllers and webhooks, under controller-runtime's names, in Prometheus' text form. */
import { metricFamilies, type MetricFamily } from './metrics.data.ts';

export type MetricName = keyof typeof metricFamilies;
export type MetricLabels = Readonly<Record<string, string>>;

/** Where figures of some families go. Durations are in seconds. Implementations never throw. */
export interface FamilyMetrics<Name extends string> {
  /** Adds to a counter, one unless given. */
  count(name: Name, labels: MetricLabels, by?: number): void;
  /** Adds a value to a histogram. */
  observe(name: Name, labels: MetricLabels, value: number): void;
  /** Sets a gauge. */
  set(name: Name, labels: MetricLabels, value: number): void;
}

export interface FamilyRegistry<Name extends string> extends FamilyMetrics<Name> {
  /** The whole exposition, sorted by name. */
  format(): string;
}

export type Metrics = FamilyMetrics<MetricName>;
export type MetricsRegistry = FamilyRegistry<MetricName>;

interface Series {
  /** Of a counter or gauge; the sum of a histogram. */
  value: number;
  count: number;
  /** Observations per bucket, not cumulated. */
  readonly buckets: number[];
}

/** Keeps figures of these families in memory: those of controllers unless others are given. */
export const createMetrics = (): MetricsRegistry => createMetricsOf(metricFamilies);

export function createMetricsOf<Name extends string>(
  known: Readonly<Record<Name, MetricFamily>>,
): FamilyRegistry<Name> {
  const families = new Map<Name, Map<string, Series>>();
  const boundsOf = (name: Name): readonly number[] => known[name].bounds ?? [];
  const seriesOf = (name: Name, labels: MetricLabels): Series => {
    let family = families.get(name);
    if (!family) families.set(name, (family = new Map()));
    const text = formatLabels(labels);
    let series = family.get(text);
    if (!series) {
      const buckets = boundsOf(name).map(() => 0);
      family.set(text, (series = { value: 0, count: 0, buckets }));
    }
    return series;
  };
  return {
    count: (name, labels, by = 1) => void (seriesOf(name, labels).value += by),
    set: (name, labels, value) => void (seriesOf(name, labels).value = value),
    observe(name, labels, value) {
      const series = seriesOf(name, labels);
      series.value += value;
      series.count++;
      const bucket = boundsOf(name).findIndex(bound => value <= bound);
      if (bucket >= 0) series.buckets[bucket]!++;
    },
    format() {
      const sorted = [...families].sort(([a], [b]) => (a < b ? -1 : 1));
      return sorted.map(([name, series]) => formatFamily(name, known[name], series)).join('');
    },
  };
}

const escapeValue = (text: string): string =>
  text.replace(/[\\"\n]/g, letter => (letter === '\n' ? '\\n' : `\\${letter}`));

/** `a="b",c="d"` without braces. */
const formatLabels = (labels: MetricLabels): string =>
  Object.entries(labels)
    .map(([name, value]) => `${name}="${escapeValue(value)}"`)
    .join(',');

function formatFamily(
  name: string,
  { kind, help, bounds = [] }: MetricFamily,
  series: ReadonlyMap<string, Series>,
): string {
  const lines = [`# HELP ${name} ${help}`, `# TYPE ${name} ${kind}`];
  for (const [labels, { value, count, buckets }] of series) {
    if (kind !== 'histogram') {
      lines.push(`${name}{${labels}} ${value}`);
      continue;
    }
    let cumulated = 0;
    bounds.forEach((bound, index) => {
      cumulated += buckets[index]!;
      lines.push(`${name}_bucket{${labels},le="${bound}"} ${cumulated}`);
    });
    lines.push(`${name}_bucket{${labels},le="+Inf"} ${count}`);
    lines.push(`${name}_sum{${labels}} ${value}`, `${name}_count{${labels}} ${count}`);
  }
  return `${lines.join('\n')}\n`;
}
