/** Composition of the container runtime: our containerd, its CRI, and the images that need no registry. */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import type { Log } from '@orrery/machinery/log';
import type { Random } from '@orrery/machinery/random';
import {
  apparmorIsEnabled,
  chooseSnapshotter,
  connectCri,
  detectSoftware,
  hostsFiles,
  oomScoreIsRestricted,
  openImageStore,
  parseRegistries,
  pauseImage,
  registryAuth,
  stopContainerd,
  superviseContainerd,
  type Containerd,
  type ContainerdOptions,
  type ImageStore,
  type Runtime,
} from '@orrery/node/runtime';
import type { Layout } from './layout.ts';

export interface RuntimeOptions {
  readonly layout: Layout;
  /** A folder of image archives that came with the program; loaded as those in the data directory are. */
  readonly carriedImages?: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface RunningRuntime {
  readonly runtime: Runtime;
  readonly images: ImageStore;
  /** Directory of network configurations. */
  readonly cniConfigDir: string;
  /** Ends supervision; containers and containerd go on. */
  release(): Promise<void>;
  /** After a start that failed: ends the containerd which this start began too, unless it has containers to look after. */
  abandon(): Promise<void>;
}

/** Where sockets and the state of one boot are: short, since the path of a socket has at most 107 bytes. */
export const runDirOf = (layout: Layout): string => `/run/orrery/${idOf(layout)}`;

/** Tells several clusters of one machine apart. */
export const idOf = (layout: Layout): string => createHash('sha256').update(layout.root).digest('hex').slice(0, 8);

export const containerdDirs = (layout: Layout) => ({ dataDir: layout.agent.containerd, runDir: runDirOf(layout) });
export const cniConfigDirOf = (layout: Layout): string => join(layout.agent.containerd, 'cni');

/** Starts or adopts our containerd and loads what `DATA/images` has. */
export async function startRuntime(options: RuntimeOptions): Promise<RunningRuntime> {
  const { layout, clock, random, log } = options;
  await mkdir(layout.agent.containerd, { recursive: true, mode: 0o700 });
  const containerd = await startContainerd(options);
  const images = openImageStore({ ...(await imageStorePlace(layout)), clock, random, log });
  const { socket, stateDir } = containerd;
  const runtime = connectCri({ socket, stateDir, clock, pinnedImages: [pauseImage] });
  const release = async (): Promise<void> => {
    images.close();
    containerd.release();
    await runtime.close();
  };
  const abandon = async (): Promise<void> => {
    const needed = containerd.adopted || (await runtime.listPodSandboxes({ state: 'ready' })).length > 0;
    if (!needed) await containerd.stop();
    await release();
  };
  try {
    await images.ensurePauseImage();
    if (options.carriedImages !== undefined) await images.importDirectory(options.carriedImages);
    await images.importDirectory(layout.images);
  } catch (error) {
    await abandon();
    throw error;
  }
  return { runtime, images, cniConfigDir: cniConfigDirOf(layout), release, abandon };
}

/** Containerd alone, for taking its pods away. */
export const startContainerd = async (options: RuntimeOptions): Promise<Containerd> =>
  superviseOrEnd(await containerdOptions(options));

/** One that never answers is not left behind; the shims of its containers do not need it to go on. */
async function superviseOrEnd(options: ContainerdOptions): Promise<Containerd> {
  try {
    return await superviseContainerd(options);
  } catch (error) {
    await stopContainerd(options);
    throw error;
  }
}

/** The images of a containerd that runs already; for commands beside a running cluster. */
export async function openImages({
  layout,
  clock,
  random,
  log,
}: RuntimeOptions): Promise<{ images: ImageStore; runtime: Runtime } | undefined> {
  const place = await imageStorePlace(layout);
  if (!existsSync(place.socket)) return undefined;
  return {
    images: openImageStore({ ...place, clock, random, log }),
    runtime: connectCri({ socket: place.socket, clock, pinnedImages: [pauseImage] }),
  };
}

const imageStorePlace = async (layout: Layout) => ({
  socket: join(runDirOf(layout), 'containerd.sock'),
  snapshotter: await chooseSnapshotter(layout.agent.containerd),
  architecture: process.arch === 'arm64' ? ('arm64' as const) : ('amd64' as const),
  scratchDir: join(layout.agent.containerd, 'scratch'),
});

async function containerdOptions({ layout, clock, log }: RuntimeOptions): Promise<ContainerdOptions> {
  const software = await detectSoftware(process.env);
  if (software.missing.length > 0)
    throw new Error(`these packages are missing: apt-get install ${software.missing.join(' ')}`);
  const registries = existsSync(layout.agent.registries)
    ? parseRegistries(await readFile(layout.agent.registries, 'utf8'))
    : undefined;
  const place = await imageStorePlace(layout);
  return {
    ...containerdDirs(layout),
    program: software.containerd!,
    version: software.containerdVersion!,
    cniBinDir: software.cniBinDir!,
    cniConfDir: cniConfigDirOf(layout),
    pauseImage,
    runtimes: software.runtimes,
    snapshotter: place.snapshotter,
    restrictOomScoreAdj: await oomScoreIsRestricted(),
    disableApparmor: !(await apparmorIsEnabled()),
    ...(registries && { registryFiles: hostsFiles(registries), registryAuth: registryAuth(registries) }),
    environment: process.env,
    clock,
    log,
  };
}
