import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { ContainerStats } from '../runtime/types.ts';
import { CpuRates, exposition } from './stats.ts';

const sample = (timestamp: number, usageCoreNanoSeconds: number, usageNanoCores?: number): ContainerStats => ({
  id: 'c',
  metadata: { name: 'a', attempt: 0 },
  labels: {},
  annotations: {},
  cpu: { timestamp, usageCoreNanoSeconds, ...(usageNanoCores !== undefined && { usageNanoCores }) },
});

suite('CPU rates', () => {
  const rate = (rates: CpuRates, stats: ContainerStats) => rates.withRates([stats])[0]!.cpu?.usageNanoCores;
  test('come from two looks', () => {
    const rates = new CpuRates();
    assert.equal(rate(rates, sample(1000, 0)), undefined);
    assert.equal(rate(rates, sample(2000, 500_000_000)), 500_000_000);
    // The same figures again say nothing new.
    assert.equal(rate(rates, sample(2000, 500_000_000)), 500_000_000);
    assert.equal(rate(rates, sample(4000, 500_000_000)), 0);
  });
  test("the runtime's own come first", () => assert.equal(rate(new CpuRates(), sample(1000, 0, 7)), 7));
});

suite('exposition', () => {
  test('labels are escaped, empty series left out', () => {
    const text = exposition([
      {
        name: 'x',
        help: 'h',
        type: 'gauge',
        samples: [
          { labels: { a: 'q"\\\n' }, value: 1.5, at: 9 },
          { labels: {}, value: 2 },
        ],
      },
      { name: 'y', help: 'h', type: 'counter', samples: [] },
    ]);
    assert.equal(text, '# HELP x h\n# TYPE x gauge\nx{a="q\\"\\\\\\n"} 1.5 9\nx 2\n');
  });
});
