/** A cluster for releases of charts, a small chart, and what both are asked for. */
import { after } from 'node:test';
import { createClient, type Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { systemClock } from '@orrery/machinery/clock';
import type { KubeObject } from '@orrery/machinery/meta';
import { systemRandom } from '@orrery/machinery/random';
import { orUndefined } from '@orrery/machinery/status';
import { startCluster } from '@orrery/platform-server/testing/platform';
import { chartOf } from '../chart/chart.ts';
import { releases } from '../release/releases.ts';
import type { Chart, Releases } from '../types.ts';
import { folder } from './text.ts';

export type Loose = KubeObject & Record<string, unknown>;

export interface TestHelm {
  readonly client: Client;
  readonly helm: Releases;
  /** A namespace for each test. */
  room(): Promise<string>;
  get(resource: keyof typeof resources, name: string, namespace: string): Promise<Loose | undefined>;
}

/** Ends with the test file. The cluster is reached over a socket, as any other. */
export async function startHelm(): Promise<TestHelm> {
  const cluster = await startCluster({ remote: true });
  after(() => cluster.close());
  const client = createClient(cluster.forPlatform, { userAgent: 'helm-test' });
  let count = 0;
  return {
    client,
    helm: releases(client, systemClock, systemRandom),
    async room() {
      const name = `room-${++count}`;
      await client.create(resources.namespaces, { apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
      return name;
    },
    get: (resource, name, namespace) => orUndefined(client.get<Loose>(resources[resource], name, { namespace })),
  };
}

export const head = 'apiVersion: v2\nname: tiny\nversion: 0.1.0\nappVersion: "1"\n';

export const tiny = (files: Readonly<Record<string, string>>): Chart =>
  chartOf(folder({ 'Chart.yaml': head, ...files }));

/** A ConfigMap as a template of a chart. */
export const settings = (name: string, body: string, annotations = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations}data:\n${body}`;
