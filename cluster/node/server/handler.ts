/** The kubelet's own API (upstream `pkg/kubelet/server`). Every request is authenticated and authorized before it is looked at. */
import { errorAnswer, jsonAnswer, textAnswer, type Handler, type Request, type Response } from '@orrery/http';
import { acceptPortForward, acceptRemoteCommand, commandStreamsOf } from '@orrery/http/node';
import type { Pod } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Machine } from '../machine/machine.ts';
import { currentSandbox } from '../pods/plan.ts';
import { memberNamed, nameOf, namespaceOf } from '../pods/pod.ts';
import type { PodManager } from '../pods/manager.ts';
import type { PodWorker } from '../pods/worker.ts';
import type { Runtime } from '../runtime/types.ts';
import type { Access } from './access.ts';
import { answerLogs } from './logs.ts';
import { bridge, forward, streamOptionsOf } from './streams.ts';
import { CpuRates, exposition, resourceMetrics, summaryOf, type StatsInput } from './stats.ts';

export interface KubeletHandlerOptions {
  nodeName: string;
  access: Access;
  pods: PodManager;
  runtime: Runtime;
  machine: Machine;
  clock: Clock;
  log: Log;
}

interface Serving extends KubeletHandlerOptions {
  rates: CpuRates;
}

export function createKubeletHandler(given: KubeletHandlerOptions): Handler {
  const options: Serving = { ...given, rates: new CpuRates() };
  return async request => {
    try {
      await options.access.check(request);
      return await route(request, options);
    } catch (error) {
      return errorAnswer(error);
    }
  };
}

type Route = (
  request: Request,
  names: string[],
  query: URLSearchParams,
  options: Serving,
) => Promise<Response> | Response;

/** First path segment -> how many segments follow, which methods, and what answers. */
const routes: Record<string, { names: number; methods: string[]; answer: Route }> = {
  healthz: { names: 0, methods: ['GET'], answer: () => textAnswer(200, 'ok') },
  pods: { names: 0, methods: ['GET'], answer: (_, __, ___, options) => podList(options) },
  metrics: { names: 0, methods: ['GET'], answer: (_, __, ___, options) => kubeletMetrics(options) },
  containerLogs: { names: 3, methods: ['GET'], answer: logs },
  exec: { names: 3, methods: ['GET', 'POST'], answer: exec },
  attach: { names: 3, methods: ['GET', 'POST'], answer: attach },
  run: { names: 3, methods: ['POST'], answer: run },
  portForward: { names: 2, methods: ['GET', 'POST'], answer: portForward },
};

async function route(request: Request, options: Serving): Promise<Response> {
  const url = new URL(request.target, 'https://kubelet');
  const [first = '', ...names] = url.pathname.slice(1).split('/').map(decodeURIComponent);
  if (url.pathname === '/stats/summary') return jsonAnswer(200, summaryOf(await gather(options)));
  if (url.pathname === '/metrics/resource') return textAnswer(200, resourceMetrics(await gather(options)));
  const found = Object.hasOwn(routes, first) ? routes[first] : undefined;
  // With four names the third is the pod's uid, an older form.
  const form =
    found && names.length === found.names + 1 && found.names > 0 ? [...names.slice(0, 2), ...names.slice(3)] : names;
  if (!found || form.length !== found.names) return textAnswer(404, '404 page not found\n');
  if (!found.methods.includes(request.method)) return textAnswer(405, '405: Method Not Allowed');
  return found.answer(request, form, url.searchParams, options);
}

interface Found {
  pod: Pod;
  worker: PodWorker;
}

function findPod([namespace, name]: string[], { pods }: Serving): Found | Response {
  for (const worker of pods.workers()) {
    const { pod } = worker;
    if (pod && namespaceOf(pod) === namespace && nameOf(pod) === name) return { pod, worker };
  }
  return textAnswer(404, `pod does not exist\n`);
}

const isResponse = (found: object): found is Response => 'headers' in found;

/** The running container of a pod, or why there is none. */
function findRunning(names: string[], options: Serving): (Found & { id: string }) | Response {
  const found = findPod(names, options);
  if (isResponse(found)) return found;
  const [namespace, name, container] = names;
  const id = found.worker.observed.containers.find(
    ({ name: own, state }) => own === container && state === 'running',
  )?.id;
  if (id) return { ...found, id };
  return textAnswer(404, `container not found (${JSON.stringify(container)}) in pod ${namespace}/${name}\n`);
}

function logs(
  request: Request,
  names: string[],
  query: URLSearchParams,
  options: Serving,
): Promise<Response> | Response {
  const found = findPod(names, options);
  if (isResponse(found)) return found;
  const container = names[2]!;
  if (!memberNamed(found.pod, container)) {
    return textAnswer(404, `container ${JSON.stringify(container)} not found in pod ${JSON.stringify(names[1])}\n`);
  }
  return answerLogs({
    ...found,
    container,
    query,
    signal: request.signal,
    clock: options.clock,
    runtime: options.runtime,
  });
}

function exec(request: Request, names: string[], query: URLSearchParams, options: Serving): Response {
  const found = findRunning(names, options);
  if (isResponse(found)) return found;
  const { runtime, clock } = options;
  const command = query.getAll('command');
  const streams = commandStreamsOf(request.target);
  const start = (remote: Parameters<typeof bridge>[0]) =>
    void bridge(
      remote,
      () => runtime.exec(found.id, command, streamOptionsOf(remote)),
      'error executing command in container',
    );
  return acceptRemoteCommand(request, streams, start, { clock });
}

function attach(request: Request, names: string[], _: URLSearchParams, options: Serving): Response {
  const found = findRunning(names, options);
  if (isResponse(found)) return found;
  const { runtime, clock } = options;
  // A container with a terminal has one, whatever the client says.
  const tty = memberNamed(found.pod, names[2]!)?.container.tty === true;
  const asked = commandStreamsOf(request.target);
  const streams = { ...asked, tty, stderr: asked.stderr && !tty };
  const start = (remote: Parameters<typeof bridge>[0]) =>
    void bridge(remote, () => runtime.attach(found.id, streamOptionsOf(remote)), 'error attaching to container');
  return acceptRemoteCommand(request, streams, start, { clock });
}

async function run(_: Request, names: string[], query: URLSearchParams, options: Serving): Promise<Response> {
  const found = findRunning(names, options);
  if (isResponse(found)) return found;
  const command = (query.get('cmd') ?? '').split(' ').filter(word => word !== '');
  const { exitCode, stdout, stderr } = await options.runtime.execSync(found.id, command, 0);
  const output = Buffer.concat([stdout, stderr]).toString('utf8');
  return exitCode === 0
    ? textAnswer(200, output)
    : textAnswer(500, `command '${command.join(' ')}' exited with ${exitCode}: ${output}`);
}

function portForward(request: Request, names: string[], _: URLSearchParams, options: Serving): Response {
  const found = findPod(names, options);
  if (isResponse(found)) return found;
  const { sandbox } = currentSandbox(found.pod, found.worker.observed);
  if (!sandbox) return textAnswer(404, `pod not found (${JSON.stringify(`${names[1]}_${names[0]}`)})\n`);
  const { runtime, clock } = options;
  return acceptPortForward(
    request,
    connection => void forward(connection, () => runtime.portForward(sandbox.id, connection.port)),
    { clock },
  );
}

function podList({ pods }: Serving): Response {
  const items = pods.workers().flatMap(({ pod }) => pod ?? []);
  return jsonAnswer(200, { kind: 'PodList', apiVersion: 'v1', metadata: {}, items });
}

async function gather({ nodeName, machine, runtime, pods, rates }: Serving): Promise<StatsInput> {
  const [usage, facts, containers, sandboxes, images] = await Promise.all([
    machine.usage(),
    machine.facts(),
    runtime.listContainerStats(),
    runtime.listPodSandboxStats().catch(() => undefined),
    runtime.imageFsInfo(),
  ]);
  const workers = pods.workers();
  const started = workers.flatMap(({ uid, pod }) =>
    pod?.status?.startTime ? [[uid, pod.status.startTime] as const] : [],
  );
  const containerStarted = workers.flatMap(({ observed }) =>
    observed.containers.map(({ id, startedAt }) => [id, startedAt] as const),
  );
  return {
    nodeName,
    machine: usage,
    storageBytes: facts.storageBytes,
    containers: rates.withRates(containers),
    sandboxes,
    images,
    started: new Map(started),
    containerStarted: new Map(containerStarted),
  };
}

function kubeletMetrics({ nodeName, pods }: Serving): Response {
  const workers = pods.workers();
  const states = new Map<string, number>();
  for (const { state } of workers.flatMap(({ observed }) => observed.containers))
    states.set(state, (states.get(state) ?? 0) + 1);
  const running = workers.filter(({ observed }) => observed.sandboxes.some(({ ready }) => ready)).length;
  const text = exposition([
    {
      name: 'kubelet_node_name',
      help: 'The name of the node',
      type: 'gauge',
      samples: [{ labels: { node: nodeName }, value: 1 }],
    },
    {
      name: 'kubelet_running_pods',
      help: 'Pods that have a running sandbox',
      type: 'gauge',
      samples: [{ labels: {}, value: running }],
    },
    {
      name: 'kubelet_running_containers',
      help: 'Containers by state',
      type: 'gauge',
      samples: [...states].map(([state, value]) => ({ labels: { container_state: state }, value })),
    },
  ]);
  return textAnswer(200, text);
}
