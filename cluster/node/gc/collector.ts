/** Housekeeping by the clock: ended containers, images, log files. */
import { statfs } from 'node:fs/promises';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Node } from '@orrery/kinds/types';
import type { EventRecorder } from '@orrery/reconciler';
import { rotate } from '../logs/rotate.ts';
import type { PodManager } from '../pods/manager.ts';
import type { PodFiles } from '../pods/pod-files.ts';
import { isRuntimeError, type Runtime } from '../runtime/types.ts';
import { garbageOf } from './containers.ts';
import { bytesToFree, imageGcLimits, imagesToRemove, type ImageRecord } from './images.ts';

/** Milliseconds. */
const periods = { containers: 60_000, images: 300_000, logs: 10_000 };

export interface CollectorOptions {
  clock: Clock;
  log: Log;
  signal: AbortSignal;
  runtime: Runtime;
  pods: PodManager;
  recorder: EventRecorder;
  node(): Node | undefined;
  /** Undefined where containers have none. */
  files: PodFiles | undefined;
  /** Whether all pods of the node are known by now. */
  synced(): boolean;
}

export function startCollector(options: CollectorOptions): void {
  const { clock, signal, log } = options;
  const images = new Map<string, ImageRecord>();
  const repeat = (periodMs: number, what: string, step: () => Promise<void>): void => {
    let busy = false;
    const tick = async (): Promise<void> => {
      if (busy) return;
      busy = true;
      await step().catch(error => log.info('housekeeping failed', { what, error: (error as Error).message }));
      busy = false;
    };
    const timer = clock.every(periodMs, () => void tick()).unref();
    signal.addEventListener('abort', () => timer.cancel(), { once: true });
  };
  repeat(periods.containers, 'containers', () => collectContainers(options));
  if (!options.files) return;
  repeat(periods.logs, 'logs', () => rotateLogs(options));
  repeat(periods.images, 'images', () => collectImages(options, images));
  repeat(periods.images, 'old logs', () => removeOldLogs(options));
}

async function collectContainers({ pods, runtime }: CollectorOptions): Promise<void> {
  for (const worker of pods.workers()) {
    const { containers, sandboxes } = garbageOf(worker.observed);
    for (const id of containers) await runtime.removeContainer(id);
    for (const id of sandboxes) await runtime.removePodSandbox(id);
    if (containers.length + sandboxes.length > 0) worker.wake();
  }
}

/** Logs of pods that neither the API nor the runtime knows. */
async function removeOldLogs({ pods, files, synced }: CollectorOptions): Promise<void> {
  if (!files || !synced() || pods.relistedAt === 0) return;
  for (const pod of await files.logged()) if (!pods.worker(pod.uid)) await files.removeLogs(pod);
}

async function rotateLogs({ pods, runtime, clock }: CollectorOptions): Promise<void> {
  const running = pods
    .workers()
    .flatMap(({ observed }) => observed.containers.filter(({ state }) => state === 'running'));
  for (const { id, status } of running) {
    const reopen = async (): Promise<void> => {
      try {
        await runtime.reopenContainerLog(id);
      } catch (error) {
        // It has ended meanwhile: nobody writes any more.
        if (!isRuntimeError(error, 'failedPrecondition') && !isRuntimeError(error, 'notFound')) throw error;
      }
    };
    await rotate(status.logPath, reopen, clock.now());
  }
}

async function collectImages(options: CollectorOptions, records: Map<string, ImageRecord>): Promise<void> {
  const { runtime, clock, recorder, log } = options;
  const now = clock.now();
  const [images, containers, [filesystem]] = await Promise.all([
    runtime.listImages(),
    runtime.listContainers(),
    runtime.imageFsInfo(),
  ]);
  const used = new Set(containers.map(({ imageId }) => imageId));
  for (const image of images) {
    const { firstSeenAt = now, lastUsedAt = 0 } = records.get(image.id) ?? {};
    records.set(image.id, { image, firstSeenAt, lastUsedAt: used.has(image.id) ? now : lastUsedAt });
  }
  for (const id of records.keys()) if (!images.some(image => image.id === id)) records.delete(id);
  if (!filesystem) return;
  const { blocks, bavail, bsize } = await statfs(filesystem.mountpoint);
  const bytes = bytesToFree({ capacityBytes: blocks * bsize, availableBytes: bavail * bsize }, imageGcLimits);
  if (bytes === 0) return;
  const chosen = imagesToRemove([...records.values()], used, bytes, now, imageGcLimits);
  for (const { id, repoTags } of chosen) {
    log.info('removing an unused image', { id, names: repoTags });
    await runtime.removeImage(id);
  }
  const freed = chosen.reduce((sum, { size }) => sum + size, 0);
  const node = options.node();
  if (freed < bytes && node) {
    const message = `Failed to garbage collect required amount of images. Attempted to free ${bytes} bytes, but only found ${freed} bytes eligible to free.`;
    recorder.record(node, 'Warning', 'FreeDiskSpaceFailed', message);
  }
}
