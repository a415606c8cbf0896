/** Makes an image present before a container is created (upstream `pkg/kubelet/images`). */
import type { Container, Pod, Secret } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { formatDuration } from '@orrery/machinery/duration';
import { raiseBackOff, type BackOffEntry } from '../pods/back-off.ts';
import { uidOf } from '../pods/pod.ts';
import { StartError } from '../pods/start-error.ts';
import type { Image, PodSandboxConfig, Runtime } from '../runtime/types.ts';
import { credentialsFor } from './credentials.ts';
import { withDefaultTag } from './name.ts';

export interface PullRequest {
  pod: Pod;
  container: Container;
  secrets: readonly Secret[];
  sandbox: PodSandboxConfig;
  record(type: 'Normal' | 'Warning', reason: string, message: string): void;
  signal: AbortSignal;
}

export interface ImageManager {
  /** Answers the image that is now here. Rejects with a {@link StartError}. */
  ensure(request: PullRequest): Promise<Image>;
}

interface Failure {
  entry: BackOffEntry;
  words: string;
}

const quoted = (text: string): string => JSON.stringify(text);

/** After a failed pull the back-off is shown soon, without pulling. */
const showBackOffMs = 2_000;

export function createImageManager(runtime: Runtime, clock: Clock): ImageManager {
  const failures = new Map<string, Failure>();

  const ensure = async (request: PullRequest): Promise<Image> => {
    const { container, record } = request;
    const image = container.image ?? '';
    const name = defaultTagged(image, record);
    const present = await inspect(runtime, image, name, record);
    const policy = container.imagePullPolicy ?? 'IfNotPresent';
    if (present && policy !== 'Always') {
      record('Normal', 'Pulled', `Container image ${quoted(image)} already present on machine`);
      return present;
    }
    if (policy === 'Never') {
      const message = `Container image ${quoted(image)} is not present with pull policy of Never`;
      record('Warning', 'ErrImageNeverPull', message);
      throw new StartError('ErrImageNeverPull', message, { event: 'ErrImageNeverPull' });
    }
    return pull(request, image, name);
  };

  const pull = async (request: PullRequest, image: string, name: string): Promise<Image> => {
    const { pod, record } = request;
    const key = `${uidOf(pod)}_${image}`;
    const failure = failures.get(key);
    const wait = failure ? failure.entry.updatedAt + failure.entry.delayMs - clock.now() : 0;
    if (failure && wait > 0) {
      const message = `Back-off pulling image ${quoted(image)}`;
      record('Normal', 'BackOff', message);
      throw new StartError('ImagePullBackOff', `${message}: ErrImagePull: ${failure.words}`, {
        retryMs: wait,
        event: 'ImagePullBackOff',
      });
    }
    record('Normal', 'Pulling', `Pulling image ${quoted(image)}`);
    const begun = clock.monotonic();
    try {
      const pulled = await pullWithAny(runtime, name, request);
      failures.delete(key);
      const took = formatDuration(Math.round(clock.monotonic() - begun));
      record(
        'Normal',
        'Pulled',
        `Successfully pulled image ${quoted(image)} in ${took} (${took} including waiting). Image size: ${pulled.size} bytes.`,
      );
      return pulled;
    } catch (error) {
      const words = (error as Error).message;
      if (request.signal.aborted) throw new StartError('ErrImagePull', words);
      record('Warning', 'Failed', `Failed to pull image ${quoted(image)}: ${words}`);
      failures.set(key, { entry: raiseBackOff(failure?.entry, clock.now(), clock.now()), words });
      throw new StartError('ErrImagePull', words, { retryMs: showBackOffMs, event: 'ErrImagePull', cause: error });
    }
  };

  return { ensure };
}

function defaultTagged(image: string, record: PullRequest['record']): string {
  try {
    return withDefaultTag(image);
  } catch (error) {
    const message = `Failed to apply default image tag ${quoted(image)}: ${(error as Error).message}`;
    record('Warning', 'InspectFailed', message);
    throw new StartError('InvalidImageName', message, { event: 'InvalidImageName' });
  }
}

async function inspect(
  runtime: Runtime,
  image: string,
  name: string,
  record: PullRequest['record'],
): Promise<Image | undefined> {
  try {
    return await runtime.imageStatus(name);
  } catch (error) {
    const message = `Failed to inspect image ${quoted(image)}: ${(error as Error).message}`;
    record('Warning', 'InspectFailed', message);
    throw new StartError('ImageInspectError', message, { event: 'ImageInspectError', cause: error });
  }
}

/** Tries the pod's credentials one after the other, or none where none fits. */
async function pullWithAny(runtime: Runtime, name: string, { secrets, sandbox, signal }: PullRequest): Promise<Image> {
  const credentials = credentialsFor(name, secrets);
  let failure: unknown;
  for (const auth of credentials.length > 0 ? credentials : [undefined]) {
    try {
      const id = await runtime.pullImage(name, auth, sandbox, signal);
      const image = await runtime.imageStatus(id);
      if (!image) throw new Error(`image ${name} was pulled and is not there`);
      return image;
    } catch (error) {
      failure = error;
    }
  }
  throw failure;
}
