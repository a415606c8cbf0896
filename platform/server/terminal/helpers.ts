/**
 * Pods that the platform runs for a terminal: a node's, which is the node's root, and one with kubectl. Each serves one terminal, goes with it,
 * and by itself when its time is over; those whose platform is gone are swept away.
 */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { Clock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, orUndefined } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';
import { periodically, type ControllerOptions } from '@orrery/reconciler';
import type { PlatformContext } from '../context.ts';

export const helperLabel = 'platform.orrery.io/terminal';
const seenAnnotation = 'platform.orrery.io/seen';

interface NodeLike extends KubeObject {
  readonly status?: {
    readonly nodeInfo?: { readonly architecture?: string };
    readonly conditions?: readonly { readonly type: string; readonly status: string }[];
    readonly images?: readonly { readonly names?: readonly string[] }[];
  };
}

/** An image that does nothing and is on every node: that of the sandbox. */
const pauseIn = ({ status }: NodeLike): string | undefined =>
  status?.images?.flatMap(({ names = [] }) => names).find(name => /(^|\/)pause:[\w.-]+$/.test(name));

/** Where the node's own tools are; the loader of its programs is there too. */
const toolFolders = (architecture: string | undefined): readonly string[] => [
  '/usr',
  '/lib',
  '/bin',
  ...(architecture === 'arm64' ? [] : ['/lib64']),
];

const spaces = 'nsenter --target=1 --mount --uts --ipc --net --pid --';

/**
 * In the node's name spaces, as its first process is. Where that process may not be looked at (it holds more than a privileged container, or
 * there is no nsenter), in the node's files: everything but the mounts is the node's anyway. The words are fixed; the shell is `$0`.
 */
const enter = `${spaces} true 2>/dev/null && exec ${spaces} "$0"; exec chroot /host "$0"`;
export const nodeShells: readonly (readonly string[])[] = ['bash', 'sh'].map(shell => ['sh', '-c', enter, shell]);

/**
 * The pod of a node's terminal. Without an image of its own it runs the node's tools on the image of the sandbox, which needs no registry.
 * @throws StatusError 409 that says what to configure.
 */
export function nodePod(
  node: NodeLike,
  name: string,
  { image, secondsMax }: { image?: string; secondsMax: number },
): KubeObject {
  const nodeName = node.metadata.name!;
  if (!node.status?.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True'))
    throw new StatusError(409, 'Conflict', `the node "${nodeName}" is not ready`);
  const pause = image === undefined ? pauseIn(node) : undefined;
  if (image === undefined && pause === undefined)
    throw new StatusError(
      409,
      'Conflict',
      `the node "${nodeName}" tells of no image that a terminal could use: set terminal.node.image in the ConfigMap kubesphere-config of ${systemNamespace} to one with nsenter and sleep`,
    );
  const folders = pause === undefined ? [] : toolFolders(node.status?.nodeInfo?.architecture);
  return pod(name, 'node', {
    nodeName,
    hostPID: true,
    hostNetwork: true,
    hostIPC: true,
    activeDeadlineSeconds: secondsMax,
    tolerations: [{ operator: 'Exists' }],
    containers: [
      {
        name: 'nsenter',
        image: image ?? pause,
        imagePullPolicy: 'IfNotPresent',
        ...(image !== undefined && { command: ['sleep', String(secondsMax)] }),
        // The image of the sandbox runs as nobody, who may neither enter name spaces nor change the root.
        securityContext: { privileged: true, runAsUser: 0, runAsGroup: 0 },
        volumeMounts: [
          { name: 'host', mountPath: '/host' },
          ...folders.map((mountPath, index) => ({ name: `tools-${index}`, mountPath, readOnly: true })),
        ],
      },
    ],
    volumes: [
      { name: 'host', hostPath: { path: '/' } },
      ...folders.map((path, index) => ({ name: `tools-${index}`, hostPath: { path } })),
    ],
  });
}

/** The pod of a kubectl terminal: it has the user's own credentials, and nothing of the platform's. */
export const kubectlPod = (name: string, image: string, secret: string, secondsMax: number): KubeObject =>
  pod(name, 'kubectl', {
    activeDeadlineSeconds: secondsMax,
    containers: [
      {
        name: 'kubectl',
        image,
        imagePullPolicy: 'IfNotPresent',
        command: ['sleep', String(secondsMax)],
        env: [{ name: 'KUBECONFIG', value: '/etc/kubernetes-of-user/config' }],
        securityContext: { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } },
        volumeMounts: [{ name: 'kubeconfig', mountPath: '/etc/kubernetes-of-user', readOnly: true }],
      },
    ],
    volumes: [{ name: 'kubeconfig', secret: { secretName: secret } }],
  });

const pod = (name: string, kind: string, spec: object): KubeObject =>
  ({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name, namespace: systemNamespace, labels: { [helperLabel]: kind } },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      enableServiceLinks: false,
      ...spec,
    },
  }) as KubeObject;

interface PodLike extends KubeObject {
  readonly status?: {
    readonly phase?: string;
    readonly reason?: string;
    readonly message?: string;
    readonly containerStatuses?: readonly {
      readonly state?: { readonly waiting?: { reason?: string; message?: string } };
    }[];
  };
}

const startMs = 60_000;
const lookMs = 250;
/** These do not pass by waiting. */
const hopeless = new Set([
  'ErrImageNeverPull',
  'InvalidImageName',
  'CreateContainerConfigError',
  'CreateContainerError',
]);

/** Resolves when it runs. Rejects with what keeps it from doing so. */
export async function untilRunning(client: Client, clock: Clock, name: string, signal: AbortSignal): Promise<void> {
  const until = clock.monotonic() + startMs;
  for (;;) {
    const found = await client.get<PodLike>(resources.pods, name, { namespace: systemNamespace, signal });
    const { phase, reason, message, containerStatuses = [] } = found.status ?? {};
    if (phase === 'Running') return;
    const waiting = containerStatuses[0]?.state?.waiting;
    const why = [waiting?.reason ?? reason, waiting?.message ?? message].filter(Boolean).join(': ');
    if (phase === 'Failed' || phase === 'Succeeded' || hopeless.has(waiting?.reason ?? '') || clock.monotonic() > until)
      throw new StatusError(504, 'Timeout', `the pod of the terminal does not start${why ? `: ${why}` : ''}`);
    await clock.sleep(lookMs, signal);
    signal.throwIfAborted();
  }
}

const seenEveryMs = 60_000;
const lostMs = 5 * 60_000;

/** Says now and then that the pod has its terminal, until it ends; then removes it and what came with it. */
export function holdPod(
  { clock, client, log }: PlatformContext,
  name: string,
  secret?: string,
): { release(): Promise<void> } {
  const seen = () => {
    const patch = { metadata: { annotations: { [seenAnnotation]: String(clock.now()) } } };
    void client.patch(resources.pods, name, 'merge', patch, { namespace: systemNamespace }).catch(() => {});
  };
  const timer = clock.every(seenEveryMs, seen);
  return {
    async release() {
      timer.cancel();
      const remove = (resource: typeof resources.pods, named: string) =>
        orUndefined(client.delete(resource, named, { namespace: systemNamespace }));
      try {
        await remove(resources.pods, name);
        if (secret !== undefined) await remove(resources.secrets, secret);
      } catch (error) {
        log.warn('the pod of a terminal stays until it is swept away', { name, error });
      }
    },
  };
}

/** Removes pods that are over, and those whose platform is gone. */
export function sweepPods({ client, clock, informers }: PlatformContext): ControllerOptions {
  const filter = { namespace: systemNamespace, labelSelector: helperLabel };
  const pods = informers.of<PodLike>(resources.pods, filter);
  const secrets = informers.of(resources.secrets, filter);
  const isLost = ({ metadata }: KubeObject): boolean => {
    const seen = Number(metadata.annotations?.[seenAnnotation] ?? Date.parse(metadata.creationTimestamp ?? ''));
    return clock.now() - seen > lostMs;
  };
  return {
    name: 'platform-terminal-pods',
    sources: [periodically(clock, seenEveryMs)],
    async reconcile() {
      const over = (phase: string | undefined) => phase === 'Succeeded' || phase === 'Failed';
      for (const found of pods.list())
        if (over(found.status?.phase) || isLost(found))
          await orUndefined(client.delete(resources.pods, found.metadata.name!, { namespace: systemNamespace }));
      for (const secret of secrets.list())
        if (isLost(secret) && !pods.get(`${systemNamespace}/${secret.metadata.name}`))
          await orUndefined(client.delete(resources.secrets, secret.metadata.name!, { namespace: systemNamespace }));
    },
  };
}
