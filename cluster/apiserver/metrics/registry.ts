/** Counters, gauges and histograms in Prometheus' text form. Small: what is hot holds on to its series. */

export interface Counter {
  value: number;
}

export interface Histogram {
  observe(value: number): void;
}

type Labels = Readonly<Record<string, string>>;
type Kind = 'counter' | 'gauge' | 'histogram';

interface Family {
  readonly kind: Kind;
  readonly help: string;
  readonly lines: () => Iterable<string>;
}

const escapeValue = (text: string): string =>
  text.replace(/[\\"\n]/g, letter => (letter === '\n' ? '\\n' : `\\${letter}`));

export const formatLabels = (labels: Labels, more = ''): string => {
  const parts = Object.entries(labels).map(([name, value]) => `${name}="${escapeValue(value)}"`);
  if (more !== '') parts.push(more);
  return parts.length === 0 ? '' : `{${parts.join(',')}}`;
};

class Buckets implements Histogram {
  readonly bounds: readonly number[];
  readonly counts: number[];
  sum = 0;
  count = 0;

  constructor(bounds: readonly number[]) {
    this.bounds = bounds;
    this.counts = bounds.map(() => 0);
  }

  observe(value: number): void {
    this.sum += value;
    this.count++;
    for (let i = 0; i < this.bounds.length; i++) {
      if (value > this.bounds[i]!) continue;
      this.counts[i]!++;
      return;
    }
  }

  *lines(name: string, labels: Labels): Iterable<string> {
    let cumulative = 0;
    for (let i = 0; i < this.bounds.length; i++) {
      cumulative += this.counts[i]!;
      yield `${name}_bucket${formatLabels(labels, `le="${this.bounds[i]}"`)} ${cumulative}`;
    }
    yield `${name}_bucket${formatLabels(labels, 'le="+Inf"')} ${this.count}`;
    yield `${name}_sum${formatLabels(labels)} ${this.sum}`;
    yield `${name}_count${formatLabels(labels)} ${this.count}`;
  }
}

/** All metrics of one server. */
export class Metrics {
  readonly #families = new Map<string, Family>();

  /** A family of counters; ask for a series once per set of labels and keep it. */
  counters(name: string, help: string): (labels: Labels) => Counter {
    const series: { labels: Labels; counter: Counter }[] = [];
    this.#families.set(name, {
      kind: 'counter',
      help,
      lines: () => series.map(({ labels, counter }) => `${name}${formatLabels(labels)} ${counter.value}`),
    });
    return labels => {
      const counter = { value: 0 };
      series.push({ labels, counter });
      return counter;
    };
  }

  histograms(name: string, help: string, bounds: readonly number[]): (labels: Labels) => Histogram {
    const series: { labels: Labels; histogram: Buckets }[] = [];
    this.#families.set(name, {
      kind: 'histogram',
      help,
      lines: () => series.flatMap(({ labels, histogram }) => [...histogram.lines(name, labels)]),
    });
    return labels => {
      const histogram = new Buckets(bounds);
      series.push({ labels, histogram });
      return histogram;
    };
  }

  /** A gauge that is read when asked for. */
  gauge(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void {
    this.#families.set(name, {
      kind: 'gauge',
      help,
      lines: () => Array.from(read(), ([labels, value]) => `${name}${formatLabels(labels)} ${value}`),
    });
  }

  /** A counter that is kept elsewhere and read when asked for. */
  countersReadFrom(name: string, help: string, read: () => Iterable<readonly [Labels, number]>): void {
    this.gauge(name, help, read);
    this.#families.set(name, { ...this.#families.get(name)!, kind: 'counter' });
  }

  /** The whole exposition. */
  format(): string {
    let text = '';
    for (const [name, { kind, help, lines }] of [...this.#families].sort(([a], [b]) => (a < b ? -1 : 1))) {
      text += `# HELP ${name} ${help}\n# TYPE ${name} ${kind}\n`;
      for (const line of lines()) text += `${line}\n`;
    }
    return text;
  }
}
