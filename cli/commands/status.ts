/** `orrery status`: processes, API server and nodes of a data directory. */
import { createClient, type Client } from '@orrery/client';
import { connect, loadKubeconfig, type ConnectOptions } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { joinedAccess, membershipOf } from '@orrery/embedded/join';
import type { Layout } from '@orrery/embedded/layout';
import type { Node } from '@orrery/kinds/types';
import { isReason } from '@orrery/machinery/status';
import { CliError } from '../error.ts';
import { isAlive } from '../host/process.ts';
import { green, outputFormat, print, red, table } from '../output.ts';
import { layoutFor, readInstance, type Instance } from '../run/instance.ts';

/** Like systemd's: the thing asked about is not running. */
const notRunning = 3;

interface NodeRow {
  readonly name: string;
  readonly ready: boolean;
  readonly address: string;
  readonly runtime: string;
}

interface Report {
  readonly dataDir: string;
  readonly running: boolean;
  readonly url?: string;
  /** Where the platform answers, unless there is none. */
  readonly console?: string;
  /** True where the server is on another machine. */
  readonly joined?: boolean;
  readonly version?: string;
  readonly startedAt?: string;
  readonly processes: { readonly agent?: number; readonly server?: number };
  readonly apiServer: 'ok' | 'no answer';
  /** Why there is no answer. */
  readonly problem?: string;
  readonly nodes: readonly NodeRow[];
}

export async function status(options: { dataDir?: string; output?: string }): Promise<void> {
  const format = outputFormat(options.output);
  const layout = layoutFor(options);
  const instance = readInstance(layout);
  const running = instance !== undefined && isAlive(instance);
  if (!instance || !running) {
    process.exitCode = notRunning;
    const gone: Report = { dataDir: layout.root, running: false, processes: {}, apiServer: 'no answer', nodes: [] };
    const command = membershipOf(layout) ? 'agent' : 'up';
    return print(format, gone, () => `no cluster runs on ${layout.root}: start it with "orrery ${command}"\n`);
  }
  const report = await reportOn(layout, instance);
  if (report.apiServer !== 'ok' || isRemoved(report)) process.exitCode = 1;
  await print(format, report, () => text(report));
}

async function reportOn(layout: Layout, instance: Instance): Promise<Report> {
  const nodes = await nodesSeenBy(layout, instance);
  return {
    dataDir: layout.root,
    running: true,
    ...(instance.port !== undefined && { url: `https://127.0.0.1:${instance.port}` }),
    ...(instance.joined !== undefined && { url: instance.joined, joined: true }),
    ...(instance.console !== undefined && { console: instance.console }),
    version: instance.version,
    startedAt: instance.startedAt,
    processes: { agent: instance.pid, ...(instance.server && { server: instance.server.pid }) },
    ...(typeof nodes === 'string' ? { apiServer: 'no answer', problem: nodes, nodes: [] } : { apiServer: 'ok', nodes }),
  };
}

/** A machine that joined sees itself alone. @returns the nodes, or why they could not be had */
async function nodesSeenBy(layout: Layout, { joined, port }: Instance): Promise<NodeRow[] | string> {
  const membership = joined === undefined ? undefined : membershipOf(layout);
  if (membership) {
    const { nodeName } = membership;
    return withClient(joinedAccess(layout, membership), async (client, signal) => {
      try {
        return [await client.get<Node>(resources.nodes, nodeName, { signal })];
      } catch (error) {
        // The API server has answered: somebody deleted the node.
        if (isReason(error, 'NotFound')) return [];
        throw error;
      }
    });
  }
  if (port === undefined) return 'it is starting';
  const { kubeconfig } = layout;
  const access = await loadKubeconfig({ path: kubeconfig }).catch(error => {
    throw new CliError(`${kubeconfig} cannot be read: ${(error as Error).message}`);
  });
  return withClient(access.connect, async (client, signal) => {
    return (await client.list<Node>(resources.nodes, { limit: 500, signal })).items;
  });
}

async function withClient(
  access: ConnectOptions,
  ask: (client: Client, signal: AbortSignal) => Promise<readonly Node[]>,
): Promise<NodeRow[] | string> {
  const connection = connect(access);
  try {
    return (await ask(createClient(connection), AbortSignal.timeout(5_000))).map(rowOf);
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    connection.close();
  }
}

const rowOf = ({ metadata, status }: Node): NodeRow => ({
  name: metadata.name!,
  ready: status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True') ?? false,
  address: status?.addresses?.find(address => address.type === 'InternalIP')?.address ?? '',
  runtime: status?.nodeInfo?.containerRuntimeVersion ?? '',
});

/** Somebody deleted the node of a machine that joined. */
const isRemoved = ({ joined, apiServer, nodes }: Report): boolean =>
  joined === true && apiServer === 'ok' && nodes.length === 0;

function text(report: Report): string {
  const { agent, server } = report.processes;
  const lines = [
    `API server   ${report.url ?? 'starting'}  ${report.apiServer === 'ok' ? green('ok') : red(`no answer: ${report.problem}`)}`,
    ...(report.console ? [`Console      ${report.console}`] : []),
    `Processes    agent ${agent}${report.joined ? '' : `, server ${server ?? '-'}`}`,
    `Started      ${report.startedAt}`,
    `Data         ${report.dataDir}`,
  ];
  if (isRemoved(report))
    return `${lines.join('\n')}\n\n${red('this node was removed from the cluster')}: "orrery down" and "orrery agent" bring it back, "orrery reset" ends it for good\n`;
  const nodes = table<NodeRow>(
    [
      { title: 'NODE', of: row => row.name },
      { title: 'STATUS', of: row => (row.ready ? 'Ready' : 'NotReady') },
      { title: 'ADDRESS', of: row => row.address },
      { title: 'RUNTIME', of: row => row.runtime },
    ],
    report.nodes,
    'table',
  );
  return `${lines.join('\n')}\n\n${nodes}`;
}
