/** `/containerLogs/{namespace}/{pod}/{container}`. */
import { access } from 'node:fs/promises';
import { textAnswer, type Response, type Sink } from '@orrery/http';
import type { Pod } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { parseLogOptions } from '../logs/options.ts';
import { readLog, type Following } from '../logs/read.ts';
import type { ObservedContainer } from '../pods/observed.ts';
import { nameOf } from '../pods/pod.ts';
import type { PodWorker } from '../pods/worker.ts';
import type { Runtime } from '../runtime/types.ts';

export interface LogRequest {
  pod: Pod;
  worker: PodWorker;
  container: string;
  query: URLSearchParams;
  signal: AbortSignal;
  clock: Clock;
  runtime: Runtime;
}

export async function answerLogs(request: LogRequest): Promise<Response> {
  const { query, clock, signal } = request;
  const options = parseLogOptions(query, clock.now());
  const instance = chooseInstance(request, options.previous);
  if (typeof instance === 'string') return textAnswer(400, instance);
  const file = instance.status.logPath;
  try {
    await access(file);
  } catch {
    return textAnswer(
      404,
      `failed to try resolving symlinks in path ${JSON.stringify(file)}: no such file or directory`,
    );
  }
  const start = (sink: Sink): void => {
    const left = new AbortController();
    sink.onClose(() => left.abort());
    const until = AbortSignal.any([signal, left.signal]);
    const following = options.follow ? followingOf(request, instance, until) : undefined;
    void send(readLog(file, options, following), sink, until);
  };
  const body = { start };
  return { status: 200, headers: { 'content-type': 'text/plain' }, body };
}

/** The instance whose log is meant, or why there is none, in upstream's words. */
export function chooseInstance(
  { pod, worker, container }: Pick<LogRequest, 'pod' | 'worker' | 'container'>,
  previous: boolean,
): ObservedContainer | string {
  const instances = worker.observed.containers.filter(({ name, startedAt }) => name === container && startedAt > 0);
  const where = `container ${JSON.stringify(container)} in pod ${JSON.stringify(nameOf(pod))}`;
  const all = [
    ...(pod.status?.initContainerStatuses ?? []),
    ...(pod.status?.containerStatuses ?? []),
    ...(pod.status?.ephemeralContainerStatuses ?? []),
  ];
  const state = all.find(({ name }) => name === container)?.state;
  if (previous) {
    const ended = instances.filter(({ state: own }) => own === 'exited');
    // While a container is held back its last life is already a previous one.
    const last = instances[0]?.state === 'exited' && state?.terminated ? ended[1] : ended[0];
    return last ?? `previous terminated ${where} not found`;
  }
  const [newest] = instances;
  if (newest) return newest;
  const waiting = state?.waiting;
  if (!waiting) return `${where} is not available`;
  const { reason = '', message } = waiting;
  // A failed pull is told in full, so that it can be put right.
  const pull = reason === 'ErrImagePull' || reason === 'ImagePullBackOff';
  if (pull)
    return `${where} is waiting to start: ${reason === 'ErrImagePull' ? "image can't be pulled" : 'trying and failing to pull image'}`;
  return `${where} is waiting to start: ${reason || message || 'ContainerCreating'}`;
}

function followingOf({ worker, runtime }: LogRequest, { id }: ObservedContainer, signal: AbortSignal): Following {
  return {
    running: async () => {
      const status = await runtime.containerStatus(id).catch(() => undefined);
      return status?.state === 'running';
    },
    onStateChange: callback => worker.onObserved(callback),
    signal,
  };
}

/** Writes no faster than the reader takes. A log that cannot be read on breaks off. */
async function send(pieces: AsyncGenerator<Uint8Array>, sink: Sink, signal: AbortSignal): Promise<void> {
  let drained = (): void => {};
  sink.onDrain(() => drained());
  const closed = new Promise<void>(resolve => sink.onClose(resolve));
  const gone = closed.then(() => undefined);
  try {
    for (;;) {
      const next = await Promise.race([pieces.next(), gone]);
      if (!next || signal.aborted) break;
      if (next.done) return sink.end();
      if (!sink.write(next.value) && !sink.closed) {
        await Promise.race([new Promise<void>(resolve => (drained = resolve)), closed]);
      }
    }
    sink.end();
  } catch {
    sink.destroy();
  } finally {
    void pieces.return(undefined);
  }
}
