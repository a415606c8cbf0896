/** Two servers for tests of aggregation: ours, and one of flunders that an APIService gives a group version to. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { connect } from '@orrery/client/node';
import type { SocketTransport } from '@orrery/client/node';
import type { AggregatedTransport } from '../aggregation/reach.ts';
import { startFlunders, wardle } from './flunders.ts';
import type { FlunderServer } from './flunders.ts';
import { at, startServer } from './server.ts';
import type { TestServer } from './server.ts';

export const services = '/apis/apiregistration.k8s.io/v1/apiservices';
export const name = `v1alpha1.${wardle}`;
export const group = `/apis/${wardle}/v1alpha1`;
export const flunders = `${group}/namespaces/default/flunders`;
export const accept = 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList';

export interface Pair extends TestServer {
  readonly remote: FlunderServer;
}

/** The pod network: where an endpoint says 192.0.2.7, the second server listens. */
export async function startPair(t: TestContext, options: Parameters<typeof startServer>[0] = {}): Promise<Pair> {
  const remote = await startFlunders('sample-api.default.svc');
  const client = await remote.frontProxy.issue('front-proxy-client');
  const open: SocketTransport[] = [];
  const aggregated: AggregatedTransport = ({ origin, address, ca, insecure = false }) => {
    assert.equal(address?.host, '192.0.2.7');
    const place = { host: '127.0.0.1', port: remote.server.port };
    const transport = connect({
      server: origin,
      address: place,
      ...(ca && { ca }),
      insecureSkipTlsVerify: insecure,
      ...client,
    });
    open.push(transport);
    return transport;
  };
  const server = await startServer({ aggregated, ...options });
  t.after(async () => {
    await server.close();
    open.forEach(transport => transport.close());
    await remote.close();
  });
  return { ...server, remote };
}

export const service = {
  metadata: { name: 'sample-api', namespace: 'default' },
  // A server without address ranges gives out no addresses.
  spec: { clusterIP: 'None', clusterIPs: ['None'], ports: [{ name: 'https', port: 7443, targetPort: 7443 }] },
};
export const slice = (ready = true): object => ({
  metadata: { name: 'sample-api-1', namespace: 'default', labels: { 'kubernetes.io/service-name': 'sample-api' } },
  addressType: 'IPv4',
  endpoints: [{ addresses: ['192.0.2.7'], conditions: { ready } }],
  ports: [{ name: 'https', port: 7443, protocol: 'TCP' }],
});
export const slices = '/apis/discovery.k8s.io/v1/namespaces/default/endpointslices';

export const registration = (caBundle: string, more: object = {}): object => ({
  metadata: { name },
  spec: {
    ...{ group: wardle, version: 'v1alpha1', groupPriorityMinimum: 2000, versionPriority: 200 },
    service: { namespace: 'default', name: 'sample-api', port: 7443 },
    caBundle,
    ...more,
  },
});

export const bundleOf = ({ remote }: Pair): string => Buffer.from(remote.authority.cert).toString('base64');

export interface Condition {
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

export const conditionOf = async (server: TestServer, of = name): Promise<Condition | undefined> =>
  at((await server.get(`${services}/${of}`)).body, 'status', 'conditions', 0) as Condition | undefined;

export async function eventually<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise(resolve => setTimeout(resolve, 25));
  }
  throw new Error(`it does not come to pass: ${what}`);
}

export const untilReason = (server: TestServer, reason: string, of = name): Promise<Condition> =>
  eventually(reason, async () => {
    const condition = await conditionOf(server, of);
    return condition?.reason === reason ? condition : undefined;
  });

export async function created(server: TestServer, target: string, body: object): Promise<void> {
  const { status, text } = await server.create(target, body);
  assert.equal(status, 201, text);
}

/** Registered and well. */
export async function startRegistered(t: TestContext, options: Parameters<typeof startServer>[0] = {}): Promise<Pair> {
  const pair = await startPair(t, options);
  await created(pair, '/api/v1/namespaces/default/services', service);
  await created(pair, slices, slice());
  await created(pair, services, registration(bundleOf(pair)));
  assert.equal((await untilReason(pair, 'Passed')).message, 'all checks passed');
  return pair;
}
