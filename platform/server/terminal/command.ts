/** Running a command in a container, as the user: the path of exec, and commands that nobody types into. */
import type { Client } from '@orrery/client';
import { openRemoteCommand, type CommandStatus, type OpenCommand } from '@orrery/http/node';
import type { Clock } from '@orrery/machinery/clock';

export interface Container {
  readonly namespace: string;
  readonly pod: string;
  readonly container?: string;
}

/** The newest protocol that tells ends of streams, and the one before it. */
const protocols = ['v5.channel.k8s.io', 'v4.channel.k8s.io'];

export interface Streams {
  readonly stdin: boolean;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
}

/** Each word of the command is an argument of its own: no shell reads it. */
export function execTarget(
  { namespace, pod, container }: Container,
  command: readonly string[],
  streams: Streams,
): string {
  const query = new URLSearchParams(command.map((word): [string, string] => ['command', word]));
  if (container) query.set('container', container);
  for (const [name, wanted] of Object.entries(streams)) if (wanted) query.set(name, 'true');
  return `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/exec?${query}`;
}

/** Rejects with the cluster's StatusError. */
export async function openCommand(
  client: Client,
  clock: Clock,
  container: Container,
  { command, signal, ...streams }: Streams & { readonly command: readonly string[]; readonly signal?: AbortSignal },
): Promise<OpenCommand> {
  const target = execTarget(container, command, streams);
  const { stream, protocol } = await client.upgrade('GET', target, protocols, signal, 'websocket');
  return openRemoteCommand(stream, { ...streams, protocol, framing: 'websocket', clock });
}

/** The beginning of what a command complains about, for people. */
const complaintMax = 2048;

export interface Outcome {
  readonly status: CommandStatus;
  readonly complaint: string;
}

/** Follows a command to its end, and until all that it wrote was taken, also by somebody slow. What it writes goes to `take`; what it complains about is kept. */
export async function outcomeOf(command: OpenCommand, take: (bytes: Uint8Array) => void = () => {}): Promise<Outcome> {
  const decoder = new TextDecoder();
  let complaint = '';
  command.stdout?.onData(take);
  command.stderr?.onData(bytes => {
    if (complaint.length < complaintMax) complaint += decoder.decode(bytes, { stream: true });
  });
  const { stdout } = command;
  const taken = stdout && new Promise<void>(resolve => stdout.onEnd(resolve));
  const status = await command.status;
  await taken;
  return { status, complaint: complaint.slice(0, complaintMax).trim() };
}
