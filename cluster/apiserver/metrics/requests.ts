/** Upstream's metrics of requests. */
import { isStream } from '@orrery/http';
import type { Response } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Endpoint, Filter, RequestContext } from '../chain/context.ts';
import { isLongRunning } from '../chain/long-running.ts';
import { jsonParses } from '../registry/json.ts';
import type { Counter, Histogram, Metrics } from './registry.ts';

/** Upper bounds in seconds (apiserver `endpoints/metrics`). */
const durationBounds = [
  0.005, 0.025, 0.05, 0.1, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3, 4, 5, 6, 8, 10, 15, 20, 30, 45, 60,
];

const verbs: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'LIST',
  watch: 'WATCH',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETECOLLECTION',
  proxy: 'CONNECT',
};

const connects = new Set(['exec', 'attach', 'portforward', 'proxy']);

function verbOf({ info }: RequestContext): string {
  if (connects.has(info.subresource)) return 'CONNECT';
  return verbs[info.verb] ?? (info.isResourceRequest ? 'other' : info.verb.toUpperCase());
}

function scopeOf({ info }: RequestContext): string {
  if (!info.isResourceRequest) return '';
  if (info.name !== '') return 'resource';
  return info.namespace !== '' ? 'namespace' : 'cluster';
}

/** In bytes. */
const sizeBounds = [1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9];

/** How long a body is; undefined for one that comes over time. */
function lengthOf({ body }: Response): number | undefined {
  if (isStream(body)) return undefined;
  if (body === undefined || body instanceof Uint8Array) return body?.length ?? 0;
  return body.reduce((sum, slice) => sum + slice.length, 0);
}

/** Those by which service levels are judged. */
const levelBounds = durationBounds.slice(2);

interface Series {
  readonly codes: Map<number, Counter>;
  readonly duration: Histogram;
  readonly level: Histogram;
  /** Of requests that read. */
  readonly size?: Histogram;
  readonly labels: Readonly<Record<string, string>>;
  /** Without `dry_run`. */
  readonly levelLabels: Readonly<Record<string, string>>;
}

/** Paths that are no resources and unknown to us are one series: clients must not make series at will. */
const knownPaths = new Set([
  'api',
  'apis',
  'healthz',
  'livez',
  'readyz',
  'metrics',
  'openapi',
  'version',
  '.well-known',
]);

const maxSeries = 5000;

/** Counts requests and their time. Only requests that passed authentication and authorization are told apart by resource. */
export function createRequestMetrics(
  metrics: Metrics,
  clock: Clock,
): { filter: Filter; observe(context: RequestContext, response: Response): void } {
  const totals = metrics.counters(
    'apiserver_request_total',
    'Counter of apiserver requests broken out for each verb, dry run value, group, version, resource, scope, component, and HTTP response code.',
  );
  const durations = metrics.histograms(
    'apiserver_request_duration_seconds',
    'Response latency distribution in seconds for each verb, dry run value, group, version, resource, subresource, scope and component.',
    durationBounds,
  );
  const levels = metrics.histograms(
    'apiserver_request_sli_duration_seconds',
    'Response latency distribution (not counting webhook duration and priority & fairness queue wait times) in seconds for each verb, group, version, resource, subresource, scope and component.',
    levelBounds,
  );
  const sizes = metrics.histograms(
    'apiserver_response_sizes',
    'Response size distribution in bytes for each group, version, verb, resource, subresource, scope and component.',
    sizeBounds,
  );
  const longRunning = new Map<Series, number>();
  metrics.gauge(
    'apiserver_longrunning_requests',
    'Gauge of all active long-running apiserver requests broken out by verb, group, version, resource, scope and component. Not all requests are tracked this way.',
    () => Array.from(longRunning, ([{ levelLabels }, count]) => [levelLabels, count] as const),
  );
  let reading = 0;
  let mutating = 0;
  metrics.gauge('apiserver_current_inflight_requests', 'Requests that are being served now, by kind.', () => [
    [{ request_kind: 'readOnly' }, reading],
    [{ request_kind: 'mutating' }, mutating],
  ]);
  metrics.gauge('orrery_apiserver_json_parses', 'How often JSON was parsed since the process started.', () => [
    [{}, jsonParses.count],
  ]);
  const all = new Map<string, Series>();
  const seriesOf = (context: RequestContext): Series => {
    const { info } = context;
    const dryRun = context.query.has('dryRun') ? 'All' : '';
    const verb = verbOf(context);
    const scope = scopeOf(context);
    const path = info.isResourceRequest ? '' : (info.path.split('/')[1] ?? '');
    const shown = knownPaths.has(path) ? `/${path}` : '';
    const key = `${verb} ${info.apiGroup}/${info.apiVersion}/${info.resource}/${info.subresource} ${scope} ${dryRun} ${shown}`;
    let series = all.get(key);
    if (series === undefined) {
      const many = all.size >= maxSeries;
      const labels = {
        verb,
        group: many ? '' : info.apiGroup,
        version: many ? '' : info.apiVersion,
        resource: many ? '' : info.resource,
        subresource: many ? '' : info.subresource || shown,
        scope,
        component: 'apiserver',
      };
      const told = { ...labels, dry_run: dryRun };
      series = {
        ...{ codes: new Map(), duration: durations(told), labels: told },
        ...{ level: levels(labels), levelLabels: labels },
        ...((verb === 'GET' || verb === 'LIST') && { size: sizes(labels) }),
      };
      if (!many) all.set(key, series);
    }
    return series;
  };
  const runs = (series: Series, { request }: RequestContext, status: number): void => {
    const { signal } = request;
    if (status >= 300 || signal.aborted) return;
    const add = (more: number): void => void longRunning.set(series, (longRunning.get(series) ?? 0) + more);
    add(1);
    signal.addEventListener('abort', () => add(-1), { once: true });
  };
  const observe = (context: RequestContext, response: Response): void => {
    const { status } = response;
    const series = seriesOf(context);
    let total = series.codes.get(status);
    if (total === undefined) series.codes.set(status, (total = totals({ ...series.labels, code: String(status) })));
    total.value++;
    if (isLongRunning(context)) return runs(series, context, status);
    const seconds = (clock.now() - context.receivedMs) / 1000;
    series.duration.observe(seconds);
    series.level.observe(seconds);
    const length = series.size && lengthOf(response);
    if (length !== undefined) series.size!.observe(length);
  };
  const filter: Filter =
    (next: Endpoint): Endpoint =>
    async context => {
      const isRead = context.request.method === 'GET' || context.request.method === 'HEAD';
      if (isRead) reading++;
      else mutating++;
      try {
        return await next(context);
      } finally {
        if (isRead) reading--;
        else mutating--;
      }
    };
  return { filter, observe };
}
