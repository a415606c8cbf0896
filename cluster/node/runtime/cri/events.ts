/**
 * Container events without polling. containerd tells of tasks and containers on its own events service, slightly before its CRI
 * plug-in has taken note; the kubelet must not hear of an exit while CRI still says "running". So each event is held until CRI
 * agrees (milliseconds), in order per container. Other runtimes have CRI's GetContainerEvents, which is already in step.
 * (containerd 1.7's GetContainerEvents loses events when a subscriber reconnects, so it is not used there; decision 0161.)
 */
import type { Clock } from '@orrery/machinery/clock';
import { decode } from '@orrery/machinery/protobuf';
import type { CallSettings, GrpcConnection } from '../grpc.ts';
import { eventBodies, inKubernetes, subscribe } from '../containerd/services.data.ts';
import { RuntimeError, type ContainerEvent, type ContainerEventType } from '../types.ts';
import { milliseconds } from './convert.ts';
import { runtimeService } from './messages.data.ts';

/** What CRI knows of an id at this moment. */
export interface KnownState {
  podSandboxId: string;
  state: 'created' | 'running' | 'exited' | 'unknown';
}
export type LookUp = (id: string) => Promise<KnownState | undefined>;

/** Pauses between looks at CRI, milliseconds: about two seconds in all, after which the event is passed on anyway. */
const pauses = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024];

/** Events of any containerd, from its own events service. */
export async function* containerdEvents(
  connection: GrpcConnection,
  lookUp: LookUp,
  clock: Clock,
  signal: AbortSignal,
): AsyncGenerator<ContainerEvent> {
  const filters = Object.keys(eventBodies).map(topic => `namespace==k8s.io,topic==${JSON.stringify(topic)}`);
  const left = new AbortController();
  const settings: CallSettings = { ...inKubernetes, signal: AbortSignal.any([signal, left.signal]) };
  const queue = createQueue<ContainerEvent>();
  const chains = new Map<string, Promise<void>>();
  const owners = new Map<string, string>();
  const pump = async () => {
    for await (const envelope of connection.stream(subscribe, { filters }, settings)) {
      const event = parseEvent(
        envelope.topic ?? '',
        envelope.event?.value ?? new Uint8Array(),
        envelope.timestamp ?? 0,
      );
      if (!event) continue;
      const id = event.containerId;
      const chain = (chains.get(id) ?? Promise.resolve())
        .then(() => settle(event, lookUp, clock, owners, settings.signal!))
        .then(queue.push)
        .finally(() => {
          if (chains.get(id) === chain) chains.delete(id);
        });
      chains.set(id, chain);
    }
    if (!settings.signal!.aborted) throw ended();
  };
  pump().then(queue.end, queue.fail);
  try {
    yield* queue.read();
  } finally {
    left.abort();
  }
}

/** One event of containerd in the seam's words; undefined for what concerns no container (an exec that ended). */
export function parseEvent(topic: string, body: Uint8Array, at: number): ContainerEvent | undefined {
  switch (topic) {
    case '/containers/create':
      return { type: 'created', containerId: decode(eventBodies[topic], body).id ?? '', at };
    case '/containers/delete':
      return { type: 'deleted', containerId: decode(eventBodies[topic], body).id ?? '', at };
    case '/tasks/start':
      return { type: 'started', containerId: decode(eventBodies[topic], body).containerId ?? '', at };
    case '/tasks/oom':
      return { type: 'oom', containerId: decode(eventBodies[topic], body).containerId ?? '', at };
    case '/tasks/exit': {
      const { containerId = '', id = '', exitStatus = 0 } = decode(eventBodies[topic], body);
      return id === containerId ? { type: 'stopped', containerId, exitCode: exitStatus, at } : undefined;
    }
    default:
      return undefined;
  }
}

/** True when CRI's view has caught up with an event. */
export function agrees(type: ContainerEventType, known: KnownState | undefined): boolean {
  if (type === 'deleted') return known === undefined;
  if (type === 'created' || type === 'oom') return known !== undefined;
  if (type === 'started') return known !== undefined && known.state !== 'created';
  return known === undefined || known.state === 'exited';
}

async function settle(
  event: ContainerEvent,
  lookUp: LookUp,
  clock: Clock,
  owners: Map<string, string>,
  signal: AbortSignal,
): Promise<ContainerEvent> {
  for (const pause of pauses) {
    const known = await lookUp(event.containerId).catch(() => undefined);
    if (known) owners.set(event.containerId, known.podSandboxId);
    if (signal.aborted || agrees(event.type, known)) break;
    await clock.sleep(pause, signal);
  }
  const podSandboxId = owners.get(event.containerId);
  if (event.type === 'deleted') owners.delete(event.containerId);
  return podSandboxId === undefined ? event : { ...event, podSandboxId };
}

/** Events of runtimes other than containerd, from CRI itself. */
export async function* criEvents(connection: GrpcConnection, signal: AbortSignal): AsyncGenerator<ContainerEvent> {
  for await (const wire of connection.stream(runtimeService.getContainerEvents, {}, { signal })) {
    const type = wire.type ?? 'created';
    if (typeof type === 'number') continue;
    const containerId = wire.containerId ?? '';
    const status = wire.containersStatuses?.find(one => one.id === containerId);
    const podSandboxId = wire.podSandboxStatus?.id;
    yield {
      type,
      containerId,
      at: milliseconds(wire.createdAt),
      ...(podSandboxId && { podSandboxId }),
      ...(type === 'stopped' && status && { exitCode: status.exitCode ?? 0 }),
    };
  }
  if (!signal.aborted) throw ended();
}

const ended = (): RuntimeError =>
  new RuntimeError('unavailable', 'the event stream of the container runtime has ended');

interface Queue<Item> {
  push(item: Item): void;
  end(): void;
  fail(error: unknown): void;
  read(): AsyncGenerator<Item>;
}

/** An unbounded queue between a callback and an async reader. */
function createQueue<Item>(): Queue<Item> {
  const items: Item[] = [];
  let finished: { error?: unknown } | undefined;
  let wake = () => {};
  const finish = (state: { error?: unknown }) => {
    finished ??= state;
    wake();
  };
  return {
    push(item) {
      items.push(item);
      wake();
    },
    end: () => finish({}),
    fail: error => finish({ error }),
    async *read() {
      for (;;) {
        while (items.length > 0) yield items.shift()!;
        if (finished?.error !== undefined) throw finished.error;
        if (finished) return;
        await new Promise<void>(resolve => (wake = resolve));
      }
    },
  };
}
