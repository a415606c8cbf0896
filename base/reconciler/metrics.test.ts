import assert from 'node:assert/strict';
import { test } from 'node:test';
import { silentLog } from '@orrery/machinery/log';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { TerminalError, runController } from './controller.ts';
import { createMetrics } from './metrics.ts';
import { createTrigger } from './sources.ts';

test('series are told in the form that Prometheus reads', () => {
  const metrics = createMetrics();
  metrics.count('workqueue_adds_total', { name: 'a"b\\c\nd' });
  metrics.count('workqueue_adds_total', { name: 'a"b\\c\nd' }, 2);
  metrics.set('workqueue_depth', { name: 'x' }, 4);
  metrics.set('workqueue_depth', { name: 'x' }, 3);
  const lines = metrics.format().split('\n');
  assert.deepEqual(
    lines.filter(line => !line.startsWith('# HELP')),
    [
      '# TYPE workqueue_adds_total counter',
      'workqueue_adds_total{name="a\\"b\\\\c\\nd"} 3',
      '# TYPE workqueue_depth gauge',
      'workqueue_depth{name="x"} 3',
      '',
    ],
  );
});

test('buckets of a histogram are cumulated', () => {
  const metrics = createMetrics();
  for (const value of [0.005, 0.2, 0.2, 100]) {
    metrics.observe('controller_runtime_reconcile_time_seconds', { controller: 'c' }, value);
  }
  const text = metrics.format();
  const bucket = (bound: string) =>
    new RegExp(`_bucket\\{controller="c",le="${bound.replace('+', '\\+')}"\\} (\\d+)`).exec(text)?.[1];
  assert.deepEqual(['0.005', '0.15', '0.2', '60', '+Inf'].map(bucket), ['1', '1', '3', '3', '4']);
  assert.match(text, /_count\{controller="c"\} 4/);
  assert.match(text, /_sum\{controller="c"\} 100\.4/);
});

test('a controller tells of its keys, results, times and workers', async () => {
  const metrics = createMetrics();
  const clock = createManualClock();
  const trigger = createTrigger();
  const stop = new AbortController();
  const attempts = new Map<string, number>();
  const reconcile = async (key: string) => {
    const attempt = (attempts.get(key) ?? 0) + 1;
    attempts.set(key, attempt);
    await clock.sleep(50);
    if (key === 'bad' && attempt === 1) throw new Error('not yet');
    if (key === 'hopeless') throw new TerminalError('never');
    return key === 'later' ? { requeueAfterMs: 10_000_000 } : {};
  };
  const ended = runController(
    { name: 'c', concurrency: 2, sources: [trigger], reconcile },
    { clock, log: silentLog, signal: stop.signal, metrics },
  );
  for (const key of ['good', 'bad', 'hopeless', 'later']) trigger.add(key);
  await clock.advance(20);
  assert.match(metrics.format(), /controller_runtime_active_workers\{controller="c"\} 2/);
  assert.match(metrics.format(), /workqueue_depth\{name="c",controller="c",priority=""\} 2/);
  await clock.advance(1_000);
  const text = metrics.format();
  const expected: Record<string, number> = {
    'controller_runtime_reconcile_total{controller="c",result="success"}': 2,
    'controller_runtime_reconcile_total{controller="c",result="error"}': 2,
    'controller_runtime_reconcile_total{controller="c",result="requeue_after"}': 1,
    'controller_runtime_reconcile_errors_total{controller="c"}': 2,
    'controller_runtime_terminal_reconcile_errors_total{controller="c"}': 1,
    'controller_runtime_reconcile_time_seconds_bucket{controller="c",le="0.05"}': 5,
    'controller_runtime_max_concurrent_reconciles{controller="c"}': 2,
    'controller_runtime_active_workers{controller="c"}': 0,
    'workqueue_adds_total{name="c",controller="c"}': 5,
    'workqueue_retries_total{name="c",controller="c"}': 1,
    'workqueue_depth{name="c",controller="c",priority=""}': 0,
    'workqueue_queue_duration_seconds_count{name="c",controller="c"}': 5,
    'workqueue_work_duration_seconds_count{name="c",controller="c"}': 5,
  };
  for (const [series, value] of Object.entries(expected)) {
    assert.ok(text.includes(`\n${series} ${value}\n`), `${series} ${value}\n${text}`);
  }
  assert.equal(attempts.get('hopeless'), 1, 'what fails for good is not tried again');
  stop.abort();
  await ended;
});
