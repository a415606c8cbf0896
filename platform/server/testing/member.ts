/** Another whole cluster, reached by HTTPS and a token as any foreign one is: for tests of members. */
import { serve } from '@orrery/http/node';
import { createAuthority } from '@orrery/http/testing/certificates';
import type { Handler } from '@orrery/http';
import { systemClock } from '@orrery/machinery/clock';
import { silentLog } from '@orrery/machinery/log';
import { resources } from '@orrery/client/resources';
import { stringify } from 'yaml';
import { startCluster, type ClusterOptions, type TestCluster } from './platform.ts';

export interface TestMember extends TestCluster {
  readonly port: number;
  /** Whether it answers; while it does not, connections are cut. */
  setAway(away: boolean): void;
  kubeconfig(more?: { readonly cluster?: object; readonly user?: object }): string;
}

export async function startMember(options: ClusterOptions = {}): Promise<TestMember> {
  const cluster = await startCluster(options);
  await cluster.client.create(resources.nodes, {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: { name: 'm1', labels: { 'topology.kubernetes.io/region': 'north', 'topology.kubernetes.io/zone': 'a' } },
    status: { conditions: [{ type: 'Ready', status: 'True' }] },
  } as never);
  const authority = await createAuthority();
  let isAway = false;
  const handler: Handler = request =>
    isAway ? Promise.resolve({ status: 502, headers: {}, body: new Uint8Array(0) }) : cluster.handler(request);
  const front = await serve({ tls: await authority.issue('member'), handler, clock: systemClock, log: silentLog });
  return {
    ...cluster,
    port: front.port,
    setAway: away => void (isAway = away),
    kubeconfig: ({ cluster: more, user } = {}) =>
      stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'c',
            cluster: {
              server: `https://127.0.0.1:${front.port}`,
              'certificate-authority-data': btoa(authority.cert),
              ...more,
            },
          },
        ],
        users: [{ name: 'u', user: user ?? { token: 'platform-token' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      }),
    async close() {
      await front.close(0);
      await cluster.close();
    },
  };
}
