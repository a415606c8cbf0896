/** `bench http`: how many reads of one object a second go through, over each protocol, beside a server that does nothing. */
import { join } from 'node:path';
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import type { ClusterRoleBinding, ConfigMap } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { createBenchCluster } from './cluster.ts';
import { startFloor } from './floor.ts';
import { h2load, wrk, type Generators, type Load, type Protocol } from './generators.ts';
import { machineText } from './machine.ts';
import type { Report } from './report.ts';
import { createTally } from './tally.ts';

/** One of the load generators is needed. */
export interface HttpOptions extends Generators {
  readonly rounds: number;
  /** The launcher. */
  readonly orrery: string;
  readonly kubectl: string;
  readonly clock: Clock;
  readonly progress: (step: string) => void;
  readonly signal: AbortSignal;
}

const seconds = 3;
const connectionCounts = [1, 32];
const namespace = 'default';
const name = 'bench';
const ours = 'orrery';
const floorName = 'bare node';
/** The size of a small object, as most are. */
const valueBytes = 1000;

interface Case {
  readonly what: string;
  run(load: Load): Promise<number>;
}

/** @throws when no load generator is installed, a step fails, or `signal` aborts; nothing is left behind then. */
export async function measureHttp(options: HttpOptions): Promise<Report> {
  const cases = casesOf(options);
  if (cases.length === 0)
    throw new Error('no load generator is installed: install the packages wrk and nghttp2-client (h2load)');
  const machine = machineText();
  const wanted = cases.flatMap(({ what, run }) =>
    connectionCounts.map(connections => ({
      what: `${what}, ${connections} connection${connections > 1 ? 's' : ''}`,
      connections,
      run,
    })),
  );
  const tally = createTally(Object.fromEntries(wanted.map(({ what }) => [what, { unit: 'perSecond' as const }])));
  await withServers(options, async (servers, token) => {
    const headers = { authorization: `Bearer ${token}` };
    for (let round = 1; round <= options.rounds; round++) {
      for (const { what, connections, run } of wanted) {
        options.progress(`round ${round} of ${options.rounds}: ${what}`);
        // Turn by turn, so that a busy moment of the machine meets both.
        for (const [subject, url] of Object.entries(servers)) {
          options.signal.throwIfAborted();
          tally.add(what, subject, await run({ url, headers, connections, seconds, signal: options.signal }));
        }
      }
    }
  });
  return {
    title: `GET of one ConfigMap of ${valueBytes} bytes (medians of ${options.rounds})`,
    machine,
    subjects: [ours, floorName],
    rows: tally.rows(),
    notes: [
      'bare node: an empty TLS server of Node.js that answers with the same bytes, without looking at the request',
      'load generator and server share the processors; one request at a time on each connection',
      ...(options.wrk ? [] : ['wrk is not installed: install the package wrk to see it beside']),
      ...(options.h2load
        ? []
        : ['h2load is not installed, so HTTP/2 was not measured: install the package nghttp2-client']),
    ],
  };
}

const casesOf = ({ wrk: wrkPath, h2load: h2loadPath }: HttpOptions): Case[] => [
  ...(wrkPath ? [{ what: 'HTTP/1.1 (wrk)', run: async (load: Load) => (await wrk(wrkPath, load)).perSecond }] : []),
  ...(h2loadPath
    ? (['HTTP/1.1', 'HTTP/2'] as const).map(protocol => ({
        what: `${protocol} (h2load)`,
        run: (load: Load) => paced(h2loadPath, protocol, load),
      }))
    : []),
];

/** A few requests tell how many fill the time. */
async function paced(path: string, protocol: Protocol, load: Load): Promise<number> {
  const pilot = await h2load(path, { ...load, protocol, requests: load.connections * 100 });
  const requests = Math.max(load.connections, Math.round(pilot.perSecond * load.seconds));
  return (await h2load(path, { ...load, protocol, requests })).perSecond;
}

/** Starts a control plane with one simulated node, and the floor; hands over the address of each, and removes both. */
async function withServers(
  options: HttpOptions,
  measure: (servers: Readonly<Record<string, string>>, token: string) => Promise<void>,
): Promise<void> {
  const cluster = createBenchCluster({ ...options, simulate: 1 });
  try {
    options.progress('starting a cluster');
    await cluster.start();
    const { url } = await cluster.status();
    const { client, close } = await cluster.connect();
    const made = await makeObject(client).finally(close);
    const token = (await cluster.kubectl(['create', 'token', 'default', '--namespace', namespace])).trim();
    const pki = join(cluster.dataDir, 'server/pki');
    const pair = {
      certificate: join(pki, 'apiserver.crt'),
      key: join(pki, 'apiserver.key'),
      authority: join(pki, 'ca.crt'),
    };
    const floor = await startFloor({ ...pair, body: JSON.stringify(made), clock: options.clock });
    const path = `/api/v1/namespaces/${namespace}/configmaps/${name}`;
    try {
      await measure({ [ours]: `${url}${path}`, [floorName]: `https://127.0.0.1:${floor.port}${path}` }, token);
    } finally {
      await floor.stop();
    }
  } finally {
    await cluster.remove();
  }
}

/** The object that is read, and the right of the default account to read it. */
async function makeObject(client: Client): Promise<ConfigMap> {
  await client.create<ClusterRoleBinding>(resources.clusterrolebindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'view' },
    subjects: [{ kind: 'ServiceAccount', name: 'default', namespace }],
  });
  return client.create<ConfigMap>(resources.configmaps, {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace },
    data: { value: 'x'.repeat(valueBytes) },
  });
}
