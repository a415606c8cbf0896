/** A node of a cluster elsewhere: runtime, kubelet, proxy, DNS and overlay in one process, and no server. */
import type { Layout } from '@orrery/embedded/layout';
import type { Membership } from '@orrery/embedded/join';
import { systemClock } from '@orrery/machinery/clock';
import { systemRandom } from '@orrery/machinery/random';
import { CliError } from '../error.ts';
import { identityOf } from '../host/process.ts';
import { versions } from '../version.ts';
import { writeInstance } from './instance.ts';
import type { Report } from './messages.ts';
import { obstacleToRealNode } from './nodes.ts';
import { installMissing, runtimePart, runUntilStopped, type Steps } from './run.ts';

export interface AgentRunOptions {
  readonly layout: Layout;
  readonly membership: Membership;
  readonly nodeIP: string;
  readonly kubeletPort: number;
  /** Take a free port when the wanted one is taken. */
  readonly anyKubeletPort: boolean;
  /** Install missing packages. */
  readonly install: boolean;
  readonly report: (report: Report) => void;
}

/** Runs until SIGTERM or SIGINT. */
export const runAgent = (options: AgentRunOptions): Promise<void> => runUntilStopped(options, start);

async function start(how: AgentRunOptions & Steps): Promise<void> {
  const { layout, membership, nodeIP, kubeletPort, anyKubeletPort, step, parts, log, signal, report } = how;
  const { server, nodeName } = membership;
  const obstacle = await obstacleToRealNode(layout);
  if (obstacle !== undefined) throw new CliError(`this machine cannot be a node, since ${obstacle}`);
  writeInstance(layout, {
    ...identityOf(process.pid),
    version: versions.orrery,
    startedAt: new Date(systemClock.now()).toISOString(),
    simulated: false,
    joined: server,
  });
  await installMissing(how);
  if (signal.aborted) return;
  const { startRuntime, startAgent } = await import('@orrery/embedded/agent');
  const { joinedIdentity, freshRanges } = await import('@orrery/embedded/joined');
  const common = { layout, clock: systemClock, random: systemRandom, log };
  const runtime = step('container runtime', startRuntime(common));
  runtime.catch(() => {});
  parts.push(runtimePart(runtime));
  const ranges = await freshRanges({ ...common, membership, signal });
  const identity = await joinedIdentity({ ...common, membership, nodeIP });
  const settings = { nodeName, nodeIP, kubeletPort, ...ranges };
  const running = await runtime;
  const agent = await step(
    'node',
    startAgent({ ...common, settings, identity, runtime: running, anyKubeletPort, signal }),
  );
  parts.push({ name: 'node', close: () => agent.close() });
  report({ type: 'joined', nodeName, server });
}
