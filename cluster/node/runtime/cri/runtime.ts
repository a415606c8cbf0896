/** The {@link Runtime} over CRI v1. Every method is one call; what is not one-to-one is in convert, events and streaming. */
import type { Clock } from '@orrery/machinery/clock';
import { connectGrpc, type CallSettings, type GrpcConnection } from '../grpc.ts';
import {
  isRuntimeError,
  RuntimeError,
  type ContainerFilter,
  type Image,
  type PodSandboxFilter,
  type PodSandboxStats,
  type Runtime,
} from '../types.ts';
import { authFor } from './auth.ts';
import * as convert from './convert.ts';
import { containerdEvents, criEvents, type KnownState } from './events.ts';
import { dropUnreadInput } from './inputs.ts';
import { imageService, runtimeService } from './messages.data.ts';
import { openPortForward, openProcess } from './streaming.ts';

export interface CriOptions {
  /** The runtime's unix socket. */
  socket: string;
  clock: Clock;
  /** Bound for calls that should be quick, milliseconds; upstream's `runtimeRequestTimeout`, 2 minutes. */
  requestTimeoutMs?: number;
  /** Names of images that are always reported as pinned, whatever the runtime says: the pause image. */
  pinnedImages?: readonly string[];
  /** Where a containerd of ours keeps the state of its containers; with it, commands that leave input unread end. */
  stateDir?: string;
}

/** Connects (lazily) to a CRI v1 runtime. */
export function connectCri(options: CriOptions): Runtime {
  const { socket, clock, requestTimeoutMs = 120_000, pinnedImages = [], stateDir } = options;
  const connection = connectGrpc(socket, clock);
  const quick: CallSettings = { timeoutMs: requestTimeoutMs };
  return {
    ...sandboxMethods(connection, quick, requestTimeoutMs),
    ...containerMethods(connection, quick, requestTimeoutMs),
    ...streamMethods(connection, quick, clock, stateDir),
    ...statsMethods(connection, quick),
    ...imageMethods(connection, quick, pinnedImages),
    async close() {
      connection.close();
    },
  };
}

type Methods<Name extends keyof Runtime> = Pick<Runtime, Name>;

function sandboxMethods(
  connection: GrpcConnection,
  quick: CallSettings,
  requestTimeoutMs: number,
): Methods<
  | 'version'
  | 'status'
  | 'runPodSandbox'
  | 'stopPodSandbox'
  | 'removePodSandbox'
  | 'podSandboxStatus'
  | 'listPodSandboxes'
  | 'updatePodSandboxResources'
> {
  return {
    async version() {
      const answer = await connection.call(runtimeService.version, { version: '0.1.0' }, quick);
      const { runtimeName = '', runtimeVersion = '', runtimeApiVersion = '' } = answer;
      return { runtimeName, runtimeVersion, runtimeApiVersion };
    },
    async status() {
      const answer = await connection.call(runtimeService.status, {}, quick);
      return {
        conditions: (answer.status?.conditions ?? []).map(one => ({
          ...one,
          type: one.type ?? '',
          status: one.status ?? false,
        })),
        handlers: (answer.runtimeHandlers ?? []).map(({ name = '', features }) => ({
          name,
          recursiveReadOnlyMounts: features?.recursiveReadOnlyMounts ?? false,
          userNamespaces: features?.userNamespaces ?? false,
        })),
        supplementalGroupsPolicy: answer.features?.supplementalGroupsPolicy ?? false,
      };
    },
    async runPodSandbox(config, runtimeHandler) {
      // The pause image may have to be pulled: upstream doubles the bound.
      const settings = { timeoutMs: 2 * requestTimeoutMs };
      const request = { config: convert.toSandboxConfig(config), runtimeHandler };
      return (await connection.call(runtimeService.runPodSandbox, request, settings)).podSandboxId ?? '';
    },
    async stopPodSandbox(podSandboxId) {
      await goneIsFine(connection.call(runtimeService.stopPodSandbox, { podSandboxId }, quick));
    },
    async removePodSandbox(podSandboxId) {
      await goneIsFine(connection.call(runtimeService.removePodSandbox, { podSandboxId }, quick));
    },
    async podSandboxStatus(podSandboxId) {
      const { status } = await connection.call(runtimeService.podSandboxStatus, { podSandboxId }, quick);
      return convert.fromPodSandboxStatus(status ?? {});
    },
    async listPodSandboxes(filter) {
      const { items = [] } = await connection.call(
        runtimeService.listPodSandbox,
        { filter: sandboxFilter(filter) },
        quick,
      );
      return items.map(convert.fromPodSandbox);
    },
    async updatePodSandboxResources(podSandboxId, resources, overhead) {
      await connection.call(runtimeService.updatePodSandboxResources, { podSandboxId, resources, overhead }, quick);
    },
  };
}

function containerMethods(
  connection: GrpcConnection,
  quick: CallSettings,
  requestTimeoutMs: number,
): Methods<
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'containerStatus'
  | 'listContainers'
  | 'updateContainerResources'
  | 'reopenContainerLog'
> {
  return {
    async createContainer(podSandboxId, config, sandbox) {
      const request = {
        podSandboxId,
        config: convert.toContainerConfig(config),
        sandboxConfig: convert.toSandboxConfig(sandbox),
      };
      return (await connection.call(runtimeService.createContainer, request, quick)).containerId ?? '';
    },
    async startContainer(containerId) {
      await connection.call(runtimeService.startContainer, { containerId }, quick);
    },
    async stopContainer(containerId, timeoutSeconds) {
      const settings = { timeoutMs: requestTimeoutMs + timeoutSeconds * 1000 };
      const request = { containerId, timeout: Math.ceil(timeoutSeconds) };
      await goneIsFine(connection.call(runtimeService.stopContainer, request, settings));
    },
    async removeContainer(containerId) {
      await goneIsFine(connection.call(runtimeService.removeContainer, { containerId }, quick));
    },
    async containerStatus(containerId) {
      const { status } = await connection.call(runtimeService.containerStatus, { containerId }, quick);
      return convert.fromContainerStatus(status ?? {});
    },
    async listContainers(filter) {
      const request = { filter: containerFilter(filter) };
      const { containers = [] } = await connection.call(runtimeService.listContainers, request, quick);
      return containers.map(convert.fromContainer);
    },
    async updateContainerResources(containerId, resources) {
      await connection.call(runtimeService.updateContainerResources, { containerId, linux: resources }, quick);
    },
    async reopenContainerLog(containerId) {
      try {
        await connection.call(runtimeService.reopenContainerLog, { containerId }, quick);
      } catch (error) {
        if (isRuntimeError(error, 'unknown') && error.message.includes('is not running')) {
          throw new RuntimeError('failedPrecondition', error.message, { cause: error });
        }
        throw error;
      }
    },
  };
}

function streamMethods(
  connection: GrpcConnection,
  quick: CallSettings,
  clock: Clock,
  stateDir?: string,
): Methods<'execSync' | 'exec' | 'attach' | 'portForward' | 'events'> {
  const lookUp = (id: string) => lookUpState(connection, quick, id);
  return {
    async execSync(containerId, command, timeoutSeconds) {
      // The runtime ends the command after its timeout; ours is the fallback for a runtime that does not answer.
      const settings = timeoutSeconds > 0 ? { timeoutMs: (timeoutSeconds + 10) * 1000 } : {};
      const request = { containerId, cmd: [...command], timeout: Math.ceil(timeoutSeconds) };
      try {
        const answer = await connection.call(runtimeService.execSync, request, settings);
        const { exitCode = 0, stdout = new Uint8Array(), stderr = new Uint8Array() } = answer;
        return { exitCode, stdout, stderr };
      } catch (error) {
        if (isRuntimeError(error, 'unknown') && error.message.includes('context deadline exceeded')) {
          throw new RuntimeError('deadlineExceeded', error.message, { cause: error });
        }
        throw error;
      }
    },
    async exec(containerId, command, options) {
      const request = { containerId, cmd: [...command], ...options, stderr: options.stderr && !options.tty };
      const { url = '' } = await connection.call(runtimeService.exec, request, quick);
      const onSilence = stateDir === undefined ? undefined : () => dropUnreadInput(stateDir, containerId);
      return openProcess(url, { ...options, tellsExitCode: true, clock, ...(onSilence && { onSilence }) });
    },
    async attach(containerId, options) {
      const request = { containerId, ...options, stderr: options.stderr && !options.tty };
      const { url = '' } = await connection.call(runtimeService.attach, request, quick);
      return openProcess(url, { ...options, tellsExitCode: false, clock });
    },
    async portForward(podSandboxId, port) {
      const { url = '' } = await connection.call(runtimeService.portForward, { podSandboxId, port: [port] }, quick);
      return openPortForward(url, port, clock);
    },
    async *events(signal) {
      const { runtimeName = '' } = await connection.call(runtimeService.version, {}, quick);
      if (signal.aborted) return;
      if (runtimeName === 'containerd') yield* containerdEvents(connection, lookUp, clock, signal);
      else yield* criEvents(connection, signal);
    },
  };
}

/** What CRI knows of an id that may be a container or a sandbox. */
async function lookUpState(
  connection: GrpcConnection,
  quick: CallSettings,
  id: string,
): Promise<KnownState | undefined> {
  const { containers = [] } = await connection.call(runtimeService.listContainers, { filter: { id } }, quick);
  const container = containers.find(one => one.id === id);
  if (container) {
    const { podSandboxId, state } = convert.fromContainer(container);
    return { podSandboxId, state };
  }
  const { items = [] } = await connection.call(runtimeService.listPodSandbox, { filter: { id } }, quick);
  const sandbox = items.find(one => one.id === id);
  if (!sandbox) return undefined;
  return { podSandboxId: id, state: convert.fromPodSandbox(sandbox).state === 'ready' ? 'running' : 'exited' };
}

function statsMethods(
  connection: GrpcConnection,
  quick: CallSettings,
): Methods<'containerStats' | 'listContainerStats' | 'listPodSandboxStats'> {
  return {
    async containerStats(containerId) {
      const { stats } = await connection.call(runtimeService.containerStats, { containerId }, quick);
      return convert.fromContainerStats(stats ?? {});
    },
    async listContainerStats(filter) {
      const { id, podSandboxId, labels } = filter ?? {};
      const request = { filter: { id, podSandboxId, labels } };
      const { stats = [] } = await connection.call(runtimeService.listContainerStats, request, quick);
      return stats.map(convert.fromContainerStats);
    },
    async listPodSandboxStats(filter): Promise<PodSandboxStats[]> {
      const request = { filter: { id: filter?.id, labels: filter?.labels } };
      const { stats = [] } = await connection.call(runtimeService.listPodSandboxStats, request, quick);
      return stats.map(convert.fromPodSandboxStats);
    },
  };
}

function imageMethods(
  connection: GrpcConnection,
  quick: CallSettings,
  pinned: readonly string[],
): Methods<'listImages' | 'imageStatus' | 'pullImage' | 'removeImage' | 'imageFsInfo'> {
  const pin = (image: Image): Image =>
    image.repoTags.some(tag => pinned.includes(tag)) ? { ...image, pinned: true } : image;
  return {
    async listImages() {
      const { images = [] } = await connection.call(imageService.listImages, {}, quick);
      return images.map(convert.fromImage).map(pin);
    },
    async imageStatus(image) {
      const answer = await connection.call(imageService.imageStatus, { image: { image } }, quick);
      return answer.image ? pin(convert.fromImage(answer.image)) : undefined;
    },
    async pullImage(image, auth, sandbox, signal) {
      const request = {
        image: { image },
        auth: authFor(image, auth),
        sandboxConfig: sandbox && convert.toSandboxConfig(sandbox),
      };
      // No bound: large images take long, and the runtime gives up by itself when nothing moves.
      return (await connection.call(imageService.pullImage, request, { signal })).imageRef ?? '';
    },
    async removeImage(image) {
      await goneIsFine(connection.call(imageService.removeImage, { image: { image } }, quick));
    },
    async imageFsInfo() {
      const { imageFilesystems = [] } = await connection.call(imageService.imageFsInfo, {}, quick);
      return imageFilesystems.map(convert.fromFilesystem);
    },
  };
}

/** Stopping and removing what is gone is success. */
async function goneIsFine(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isRuntimeError(error, 'notFound')) throw error;
  }
}

const sandboxFilter = (filter: PodSandboxFilter | undefined) =>
  filter && { id: filter.id, labels: filter.labels, state: filter.state && { state: filter.state } };

const containerFilter = (filter: ContainerFilter | undefined) =>
  filter && {
    id: filter.id,
    podSandboxId: filter.podSandboxId,
    labels: filter.labels,
    state: filter.state && { state: filter.state },
  };
