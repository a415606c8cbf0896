/** `orrery status`: processes, API server and nodes of a data directory. */
import { createClient } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import type { Node } from '@orrery/kinds/types';
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
    return print(format, gone, () => `no cluster runs on ${layout.root}: start it with "orrery up"\n`);
  }
  const report = await reportOn(layout.root, layout.kubeconfig, instance);
  if (report.apiServer !== 'ok') process.exitCode = 1;
  await print(format, report, () => text(report));
}

async function reportOn(dataDir: string, kubeconfig: string, instance: Instance): Promise<Report> {
  const nodes = instance.port === undefined ? 'it is starting' : await nodesOf(kubeconfig);
  return {
    dataDir,
    running: true,
    ...(instance.port !== undefined && { url: `https://127.0.0.1:${instance.port}` }),
    ...(instance.console !== undefined && { console: instance.console }),
    version: instance.version,
    startedAt: instance.startedAt,
    processes: { agent: instance.pid, ...(instance.server && { server: instance.server.pid }) },
    ...(typeof nodes === 'string' ? { apiServer: 'no answer', problem: nodes, nodes: [] } : { apiServer: 'ok', nodes }),
  };
}

/** @returns the nodes, or why they could not be had. */
async function nodesOf(kubeconfig: string): Promise<NodeRow[] | string> {
  const access = await loadKubeconfig({ path: kubeconfig }).catch(error => {
    throw new CliError(`${kubeconfig} cannot be read: ${(error as Error).message}`);
  });
  const connection = connect(access.connect);
  try {
    const list = await createClient(connection).list<Node>(resources.nodes, {
      limit: 500,
      signal: AbortSignal.timeout(5_000),
    });
    return list.items.map(node => ({
      name: node.metadata.name!,
      ready:
        node.status?.conditions?.some(condition => condition.type === 'Ready' && condition.status === 'True') ?? false,
      address: node.status?.addresses?.find(address => address.type === 'InternalIP')?.address ?? '',
      runtime: node.status?.nodeInfo?.containerRuntimeVersion ?? '',
    }));
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  } finally {
    connection.close();
  }
}

function text(report: Report): string {
  const { agent, server } = report.processes;
  const lines = [
    `API server   ${report.url ?? 'starting'}  ${report.apiServer === 'ok' ? green('ok') : red(`no answer: ${report.problem}`)}`,
    ...(report.console ? [`Console      ${report.console}`] : []),
    `Processes    agent ${agent}, server ${server ?? '-'}`,
    `Started      ${report.startedAt}`,
    `Data         ${report.dataDir}`,
  ];
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
