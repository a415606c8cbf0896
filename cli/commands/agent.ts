/** `orrery agent`: this machine becomes a node of a cluster elsewhere, and runs as one. */
import { existsSync, readFileSync } from 'node:fs';
import { joinCluster, keepMembership, membershipOf, type Membership } from '@orrery/embedded/join';
import { parseToken } from '@orrery/embedded/joining';
import { defaultSettings, type Layout } from '@orrery/embedded/layout';
import { systemClock } from '@orrery/machinery/clock';
import { CliError } from '../error.ts';
import { hostFacts } from '../host/facts.ts';
import {
  alreadyRuns,
  claimDataDir,
  explainDisk,
  isRoot,
  layoutFor,
  prepareDataDir,
  runningInstance,
} from '../run/instance.ts';
import { startDetached, stepLine, toParent, toTerminal } from './up.ts';

export interface AgentOptions {
  readonly dataDir?: string;
  readonly server?: string;
  readonly token?: string;
  readonly tokenFile?: string;
  readonly nodeName?: string;
  readonly nodeIp?: string;
  readonly kubeletPort?: number;
  readonly detach?: boolean;
  /** False with `--no-install`. */
  readonly install: boolean;
}

export async function agent(options: AgentOptions): Promise<void> {
  try {
    await start(options);
  } catch (error) {
    // Started by a detached start: the command that waits for it says what was wrong.
    const { message, exitCode = 1 } = error as { message: string; exitCode?: number };
    if (process.connected) toParent({ type: 'failed', message, exitCode });
    throw error;
  }
}

async function start(options: AgentOptions): Promise<void> {
  if (process.platform !== 'linux' || !isRoot())
    throw new CliError('a node runs containers, which needs Linux and root: use sudo');
  const layout = layoutFor(options);
  const running = runningInstance(layout);
  if (running) throw alreadyRuns(layout, running);
  if (existsSync(layout.settingsFile))
    throw new CliError(
      `${layout.root} has a cluster of this machine: start it with "orrery up", or choose another place with --data-dir`,
    );
  const wanted = wishOf(options, membershipOf(layout));
  prepareDataDir(layout, false);
  const membership = await membershipFor(layout, options, wanted);
  // The process that goes on has no token among its arguments, where others of this machine could read it.
  const again = ['agent', '--data-dir', layout.root, ...(options.install ? [] : ['--no-install'])];
  if (options.detach) return startDetached(layout, again);
  const { nodeIP = hostFacts().address, kubeletPort = defaultSettings.kubeletPort } = membership;
  if (nodeIP.startsWith('127.'))
    throw new CliError('this machine has no address that the cluster reaches it at: give one with --node-ip');
  const { runAgent } = await import('../run/agent.ts');
  await runAgent({
    ...{ layout, membership, nodeIP, kubeletPort },
    anyKubeletPort: membership.kubeletPort === undefined,
    install: options.install,
    report: process.send ? toParent : toTerminal(),
  });
}

/** Flags win over what the last start used. @throws CliError for what is for good, or missing */
function wishOf(options: AgentOptions, known: Membership | undefined): Omit<Membership, 'ranges'> {
  const { server = known?.server, nodeName = known?.nodeName ?? hostFacts().hostname } = options;
  if (server === undefined)
    throw new CliError('this machine has not joined a cluster: run what "orrery token create" prints on its server', 2);
  if (!server.startsWith('https://'))
    throw new CliError('--server begins with https://: a token is shown to nobody in clear', 2);
  if (known && nodeName !== known.nodeName)
    throw new CliError(
      `this machine joined as ${known.nodeName}: leave --node-name out, or begin anew with "orrery reset"`,
    );
  const { nodeIp: nodeIP = known?.nodeIP, kubeletPort = known?.kubeletPort } = options;
  return {
    server,
    nodeName,
    ...(nodeIP !== undefined && { nodeIP }),
    ...(kubeletPort !== undefined && { kubeletPort }),
  };
}

/** What a start before knew, or what joining tells. */
async function membershipFor(
  layout: Layout,
  options: AgentOptions,
  wanted: Omit<Membership, 'ranges'>,
): Promise<Membership> {
  const known = membershipOf(layout);
  if (known) {
    const membership = { ...known, ...wanted };
    await keepMembership(layout, membership);
    return membership;
  }
  const token = tokenFrom(options);
  const release = await claimDataDir(layout);
  try {
    const begun = systemClock.monotonic();
    const signal = new AbortController().signal;
    const membership = await joinCluster({ layout, wanted, token, clock: systemClock, signal });
    process.stdout.write(stepLine(`joined ${wanted.server}`, systemClock.monotonic() - begun));
    return membership;
  } catch (error) {
    const { message } = explainDisk(layout, error);
    throw new CliError(message);
  } finally {
    release();
  }
}

function tokenFrom({ token, tokenFile }: AgentOptions): NonNullable<ReturnType<typeof parseToken>> {
  const text = tokenFile === undefined ? token : readTokenFile(tokenFile);
  if (text === undefined)
    throw new CliError('a token is needed to join: make one with "orrery token create" on the server', 2);
  const parsed = parseToken(text);
  if (!parsed)
    throw new CliError(
      'the token is not whole: it looks like abcdef.0123456789abcdef@sha256:…, as "orrery token create" prints it',
      2,
    );
  return parsed;
}

/** `-` is standard input. */
function readTokenFile(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8').trim();
  } catch (error) {
    throw new CliError(`the token cannot be read: ${(error as Error).message}`, 2);
  }
}
