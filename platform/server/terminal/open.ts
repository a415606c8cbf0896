/** What a terminal is opened into: a node, or a pod with kubectl. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { isStream, readBody, type Request } from '@orrery/http';
import type { WebSocketConnection } from '@orrery/http/node';
import { StatusError } from '@orrery/machinery/status';
import { systemNamespace } from '@orrery/platform-kinds';
import { answerOf } from '../chain/served.ts';
import type { PlatformContext } from '../context.ts';
import { RawAnswer } from '../feature.ts';
import type { Caller } from '../identity/caller.ts';
import { endCredential } from '../identity/credential.ts';
import type { Secret } from '../identity/secrets.ts';
import type { Container } from './command.ts';
import { helperLabel, holdPod, kubectlPod, nodePod, nodeShells, untilRunning } from './helpers.ts';
import type { TerminalOptions } from './options.ts';
import { toBase64, toHex } from './recording/encode.ts';
import type { Subject } from './recording/record.ts';

export interface Opened {
  /** Who executes there. */
  readonly client: Client;
  readonly container: Container;
  readonly shells: readonly (readonly string[])[];
  /** What else is to be said of whose terminal it is. */
  readonly subject?: Partial<Subject>;
  /** Resolves when a shell can be started. */
  ready(socket: WebSocketConnection): Promise<void>;
  release(): Promise<void>;
}

function whenRunning(context: PlatformContext, client: Client, name: string) {
  return async (socket: WebSocketConnection) => {
    const ending = new AbortController();
    socket.onClose(() => ending.abort());
    await untilRunning(client, context.clock, name, ending.signal);
  };
}

const suffix = ({ random }: PlatformContext): string => toHex(random.bytes(4));

/** KubeSphere's name for it, and a part of its own: each terminal has its own pod. */
export async function openNode(
  context: PlatformContext,
  caller: Caller,
  node: string,
  { nodeImage, nodeSecondsMax }: TerminalOptions,
): Promise<Opened> {
  const nodes = context.informers.of(resources.nodes);
  await nodes.synced;
  const found = nodes.get(node);
  if (!found) throw new StatusError(404, 'NotFound', `nodes "${node}" not found`);
  const client = context.serviceOf(caller);
  const name = `${node.slice(0, 200)}-shell-access-${suffix(context)}`;
  await client.create(
    resources.pods,
    nodePod(found, name, { ...(nodeImage && { image: nodeImage }), secondsMax: nodeSecondsMax }),
  );
  const { release } = holdPod(context, name);
  return {
    client,
    container: { namespace: systemNamespace, pod: name, container: 'nsenter' },
    shells: nodeShells,
    ready: whenRunning(context, client, name),
    release,
  };
}

/** The route of the feature that makes kubeconfigs; its answer is a text. */
const kubeconfigRoute = 'kubeconfig.get';

async function kubeconfigOf(
  context: PlatformContext,
  caller: Caller,
  request: Request,
  seconds: number,
): Promise<string> {
  const served = context.served.get(kubeconfigRoute);
  if (!served)
    throw new StatusError(409, 'Conflict', 'this platform makes no kubeconfigs, which a kubectl terminal needs');
  const answer = await answerOf(
    served,
    {
      parameters: { user: caller.name },
      search: new URLSearchParams({ expirationSeconds: String(seconds), for: 'pods' }),
      caller,
      request,
    },
    context,
  );
  if (typeof answer === 'string') return answer;
  const body = answer instanceof RawAnswer ? answer.response.body : undefined;
  if (body === undefined || isStream(body)) throw new StatusError(500, 'InternalError', 'the kubeconfig is no text');
  return new TextDecoder().decode(await readBody(body));
}

/** @throws StatusError 409 that says what to configure. */
export async function openKubectl(
  context: PlatformContext,
  caller: Caller,
  request: Request,
  { kubectlImage, nodeSecondsMax }: TerminalOptions,
): Promise<Opened> {
  if (kubectlImage === undefined)
    throw new StatusError(
      409,
      'Conflict',
      `no image for kubectl terminals is configured: set terminal.kubectl.image in the ConfigMap kubesphere-config of ${systemNamespace} to one that the nodes have, with kubectl and a shell`,
    );
  const config = await kubeconfigOf(context, caller, request, nodeSecondsMax);
  const client = context.serviceOf(caller);
  const name = `kubectl-${caller.name.slice(0, 200)}-${suffix(context)}`;
  const held = holdPod(context, name, name);
  const release = async (): Promise<void> => {
    await held.release();
    await endCredential(context.sessions, config);
  };
  try {
    await client.create(resources.secrets, {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name, namespace: systemNamespace, labels: { [helperLabel]: 'kubectl' } },
      data: { config: toBase64(new TextEncoder().encode(config)) },
    } as Secret);
    await client.create(resources.pods, kubectlPod(name, kubectlImage, name, nodeSecondsMax));
  } catch (error) {
    await release();
    throw error;
  }
  return {
    client,
    container: { namespace: systemNamespace, pod: name, container: 'kubectl' },
    shells: [['bash'], ['sh']],
    ready: whenRunning(context, client, name),
    release,
  };
}
