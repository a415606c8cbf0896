/** Puts the server together: registry, endpoints, chain. */
import { textAnswer } from '@orrery/http';
import type { Handler, Response, UserInfo } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import type { Store } from '@orrery/store';
import { startAggregator } from './aggregation/aggregator.ts';
import type { Aggregator } from './aggregation/aggregator.ts';
import type { AggregatedTransport } from './aggregation/reach.ts';
import { createCallout } from './callout/callout.ts';
import { audit, auditRefusals } from './chain/audit.ts';
import type { AuditBackend } from './chain/audit.ts';
import type { AuditPolicy } from './chain/audit-policy.ts';
import { authentication } from './chain/authentication.ts';
import { authorization } from './chain/authorization.ts';
import { createChain } from './chain/chain.ts';
import type { Endpoint } from './chain/context.ts';
import { impersonation } from './chain/impersonation.ts';
import { timeout } from './chain/timeout.ts';
import { handlerWriter } from './authorization/ensure.ts';
import { answerDump, showFairness } from './fairness/dump.ts';
import { createFairness } from './fairness/filter.ts';
import type { Fairness, InFlightLimits } from './fairness/filter.ts';
import { followFlowControl } from './fairness/follow.ts';
import { groupsOf } from './discovery/documents.ts';
import { createDiscovery } from './discovery/endpoint.ts';
import { rootPaths } from './discovery/root.ts';
import { answerHealth } from './health/checks.ts';
import { afterStart, steps } from './health/names.data.ts';
import type { HealthChecks } from './health/checks.ts';
import { Definitions } from './crd/manager.ts';
import { mutatingResources } from './admission/policies/mutating-kinds.ts';
import { withCustomResources } from './crd/openapi.ts';
import { createAdmissionTimes } from './metrics/admission.ts';
import { createAuditMetrics } from './metrics/audit.ts';
import { Metrics } from './metrics/registry.ts';
import { createIdentityMetrics } from './metrics/identity.ts';
import { countObjects } from './metrics/objects.ts';
import { showProcess } from './metrics/process.ts';
import { createRequestMetrics } from './metrics/requests.ts';
import type { Transports } from './proxy/connect.ts';
import { builtInResources } from './registry/catalogue.ts';
import { FieldIndexes } from './registry/field-index.ts';
import { Hubs } from './registry/hub.ts';
import type { Machine } from './registry/machine.ts';
import { ObjectCache } from './registry/objects.ts';
import { createReader } from './registry/reads.ts';
import { Resources } from './registry/resources.ts';
import { servedOf } from './registry/served.ts';
import { builtInOpenApi, createOpenApi } from './serve/openapi.ts';
import type { OpenApiSource } from './serve/openapi.ts';
import { createResourceEndpoint } from './serve/resources.ts';
import { plainJson } from './serve/negotiate.ts';
import { answerObject, answerStatus } from './serve/render.ts';
import { specialEndpoints } from './serve/special.ts';
import { versionInfo } from './serve/version.ts';
import type { PartsContext, ServerParts, WriteHooks } from './types.ts';

export interface ApiServerOptions {
  readonly store: Store;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Security and allocation: see {@link ServerParts}. Without it nobody is authenticated and everything is allowed. */
  readonly parts?: (context: PartsContext) => ServerParts | Promise<ServerParts>;
  /** Requests without credentials become `system:anonymous` (true unless said otherwise), else 401. */
  readonly allowAnonymous?: boolean;
  /** How many requests are worked on at once, of all priority levels together. */
  readonly inFlight?: InFlightLimits;
  /** Serves MutatingAdmissionPolicy (v1beta1) and its binding, and asks them; false unless said otherwise, as upstream. */
  readonly mutatingAdmissionPolicies?: boolean;
  readonly audit?: { readonly policy: AuditPolicy; readonly backend: AuditBackend };
  readonly transports?: Transports;
  /** How servers that APIServices name are reached. Without it none of them is available. */
  readonly aggregated?: AggregatedTransport;
  readonly openApi?: OpenApiSource;
  /** `host:port` under which clients reach the server, as `/api` tells them. */
  readonly serverAddress?: () => string;
}

export interface ApiServer {
  readonly handler: Handler;
  /** Resolves when everything a cluster starts with is written; rejects when that failed. */
  readonly ready: Promise<void>;
  /** For callers that add their own series to `/metrics`. */
  readonly metrics: Metrics;
  /** `readyz` says no from now on, so that nobody new comes; what runs goes on. */
  drain(): void;
  /** Ends watches in order and releases what the server holds. The store stays open. */
  close(): Promise<void>;
}

const loopbackUser: UserInfo = { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] };

interface State {
  bootstrapped: boolean;
  draining: boolean;
}

function healthChecks(store: Store, state: State): HealthChecks {
  const well = (name: string) => ({ name, check: () => undefined });
  const stored = (name: string) => ({ name, check: () => (store.revision() >= 0 ? undefined : 'the store is closed') });
  const started = steps.map(name => ({
    name,
    check: () => (state.bootstrapped || !afterStart.has(name) ? undefined : 'not finished'),
  }));
  const alive = [well('ping'), well('log'), stored('etcd'), ...started];
  const shutdown = { name: 'shutdown', check: () => (state.draining ? 'process is shutting down' : undefined) };
  return {
    healthz: alive,
    livez: alive,
    readyz: [well('ping'), well('log'), stored('informer-sync'), ...started, shutdown],
  };
}

export async function createApiServer(options: ApiServerOptions): Promise<ApiServer> {
  const { store, clock, random, log } = options;
  const resources = new Resources();
  const objects = new ObjectCache();
  const reads = createReader(store, objects, resource => resources.anyVersion(resource));
  const callout = createCallout({ reads, clock, random, transport: options.transports?.webhook });
  const metrics = new Metrics();
  const machine: Machine = {
    ...{ store, clock, random, log, reads, objects, callout, admission: [] },
    admissionTimes: createAdmissionTimes(metrics, clock),
    hubs: new Hubs(store, clock),
    indexes: new FieldIndexes(store, clock),
    resource: (group, version, resource) => resources.get(group, version, resource),
  };
  const state: State = { bootstrapped: false, draining: false };
  const { requests, identity, auditing, figures } = createFigures(metrics, machine, resources, options.audit);
  const fairness = createFairness({
    clock,
    ...(options.inFlight && { limits: options.inFlight }),
    watchers: ({ apiGroup, resource, namespace }) => machine.hubs.watchersOf({ group: apiGroup, resource }, namespace),
  });
  showFairness(metrics, fairness);
  let parts: ServerParts = {};
  let endpoint: Endpoint | undefined;
  const handler = createChain({
    clock,
    random,
    log,
    filters: [
      requests.filter,
      timeout(clock),
      auditRefusals(auditing),
      authentication(() => parts.authenticator, options.allowAnonymous ?? true, identity),
      audit(auditing),
      impersonation(() => parts.authorizer),
      fairness.filter,
      authorization(() => parts.authorizer, identity),
    ],
    endpoint: context => endpoint!(context),
    answerError: answerStatus,
    observe: requests.observe,
  });
  const loopback: Handler = request => handler({ ...request, user: request.user ?? loopbackUser });
  // Parts may read while they are built, and are plugged in before the first request.
  const install = (hooks: Readonly<Record<string, WriteHooks>>): void => {
    for (const info of builtInResources(hooks)) resources.set(info);
    if (!options.mutatingAdmissionPolicies) return;
    for (const info of mutatingResources({ callout, random }, hooks)) resources.set(info);
  };
  install({});
  const context = { store, reads, served: servedOf(resources), clock, random, log, metrics, callout, loopback };
  parts = (await options.parts?.(context)) ?? {};
  install(parts.writeHooks ?? {});
  machine.admission = parts.admission ?? [];
  const definitions = new Definitions(machine, resources);
  await definitions.start();
  const writer = handlerWriter(loopback, 'api-priority-and-fairness-config-consumer-v1');
  const flowControl = await followFlowControl(fairness, { reads, writer, clock, log });
  const special = specialEndpoints(machine, resources, parts.actions ?? {}, options.transports ?? {});
  const resourceEndpoint = createResourceEndpoint({ machine, resources, special, authorizer: parts.authorizer });
  const aggregator = await startAggregator({ machine, resources, metrics, transport: options.aggregated });
  const otherPaths = createPaths(resources, aggregator, figures, healthChecks(store, state), fairness, options, parts);
  endpoint = context =>
    aggregator.answer(context) ?? (context.info.isResourceRequest ? resourceEndpoint(context) : otherPaths(context));
  const ready = (parts.bootstrap?.() ?? Promise.resolve()).then(() => {
    state.bootstrapped = true;
    flowControl.keepStatus();
    if (parts.registersGroups) aggregator.register(handlerWriter(loopback, 'kube-apiserver'));
  });
  // Whoever waits for `ready` hears of a failure; nobody waiting must not end the process.
  ready.catch((error: unknown) => log.error('the first objects could not be written', { error }));
  return {
    handler,
    ready,
    metrics,
    drain: () => void (state.draining = true),
    close: async () => {
      state.draining = true;
      aggregator.close();
      definitions.close();
      flowControl.close();
      machine.hubs.close();
      machine.indexes.close();
      await parts.close?.();
    },
  };
}

/** What is counted along the chain, and the text that tells it. */
function createFigures(
  metrics: Metrics,
  { clock, store }: Machine,
  resources: Resources,
  auditing: ApiServerOptions['audit'],
) {
  const audited = createAuditMetrics(metrics);
  showProcess(metrics, clock);
  const countAll = countObjects(metrics, resources, store, clock);
  return {
    requests: createRequestMetrics(metrics, clock),
    identity: createIdentityMetrics(metrics, clock),
    auditing: auditing && { clock, ...auditing, metrics: audited },
    figures: async (): Promise<string> => (await countAll(), metrics.format()),
  };
}

/** Everything that is no resource. */
function createPaths(
  resources: Resources,
  aggregator: Aggregator,
  metrics: () => Promise<string>,
  checks: HealthChecks,
  fairness: Fairness,
  options: ApiServerOptions,
  parts: ServerParts,
): Endpoint {
  const discovery = createDiscovery(resources, aggregator, options.serverAddress ?? (() => 'localhost:6443'));
  const openApi = createOpenApi(
    aggregator.openApi(withCustomResources(options.openApi ?? builtInOpenApi, resources)),
    options.clock,
  );
  const metricsType = 'text/plain; version=0.0.4; charset=utf-8; escaping=underscores';
  return async context => {
    const { path } = context.info;
    const found: Response | undefined =
      (await parts.paths?.[path]?.(context.request)) ??
      discovery(context) ??
      answerHealth(context, checks) ??
      (await openApi(context));
    if (found) return found;
    if (path === '/version' || path === '/version/')
      return answerObject(200, versionInfo, { ...plainJson, pretty: true });
    const dump = answerDump(fairness, context);
    if (dump) return dump;
    if (path === '/metrics') return textAnswer(200, await metrics(), { 'content-type': metricsType });
    if (path === '/') {
      const groups = groupsOf(resources.all(), aggregator);
      const paths = rootPaths(groups, checks, Object.keys(parts.paths ?? {}));
      return answerObject(200, { paths }, { ...plainJson, pretty: true });
    }
    return textAnswer(404, '404 page not found\n', { 'x-content-type-options': 'nosniff' });
  };
}
