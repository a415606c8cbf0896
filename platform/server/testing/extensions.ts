/** A platform whose extensions are two servers beside it, one plain and one with TLS: for tests of what extensions bring. */
import { after } from 'node:test';
import { connect } from '@orrery/client/node';
import type { KubeObject } from '@orrery/machinery/meta';
import { systemClock } from '@orrery/machinery/clock';
import type { PlatformResource } from '@orrery/platform-kinds';
import { startBackend, type Backend } from './backend.ts';
import { becomes, password, startPeople, type People } from './people.ts';
import {
  startCluster,
  startPlatform,
  type Answer,
  type CallOptions,
  type TestCluster,
  type TestPlatform,
} from './platform.ts';

export interface TestExtensions {
  readonly cluster: TestCluster;
  readonly platform: TestPlatform;
  readonly people: People;
  readonly plain: Backend;
  readonly secure: Backend;
  /** By name, of admin and of those who were asked for. */
  readonly tokens: Readonly<Record<string, string>>;
  create(
    resource: PlatformResource,
    name: string,
    spec: object,
    metadata?: Partial<KubeObject['metadata']>,
  ): Promise<KubeObject>;
  /** What the first condition of an object says. */
  messageOf(resource: PlatformResource, name: string): Promise<string | undefined>;
  /** Waits until an object's state is that. */
  ready(resource: PlatformResource, name: string, state?: string): Promise<void>;
  call(who: string | undefined, method: string, target: string, options?: CallOptions): Promise<Answer>;
  /** Waits until `target` answers with `status`: the platform's caches hear of a change a moment after the cluster. */
  answers(who: string | undefined, target: string, status: number, method?: string): Promise<void>;
}

/** With accounts of these names. Ends after the tests of the file. */
export async function startExtensions(...names: string[]): Promise<TestExtensions> {
  const [plain, secure] = await Promise.all([startBackend(), startBackend({ tls: true })]);
  const pod = connect({ server: plain.url, clock: systemClock });
  const cluster = await startCluster({ pods: () => request => pod(request) });
  const allow = [plain, secure].map(({ port }) => `127.0.0.1:${port}`);
  const platform = await startPlatform(cluster, { settings: { egress: { allow, onlyListed: false } } });
  after(async () => {
    await platform.close();
    await cluster.close();
    pod.close();
    await Promise.all([plain.close(), secure.close()]);
  });
  const people = await startPeople(platform);
  const tokens: Record<string, string> = {};
  for (const name of names) await people.create(name);
  for (const name of ['admin', ...names]) tokens[name] = await platform.logIn(name, password);
  const call: TestExtensions['call'] = (who, method, target, options = {}) =>
    platform.call(method, target, { ...(who !== undefined && { token: tokens[who]! }), ...options });
  return {
    ...{ cluster, platform, people, plain, secure, tokens, call },
    ...objectsOf(cluster),
    answers: (who, target, status, method = 'GET') =>
      becomes(async () => (await call(who, method, target)).status, status),
  };
}

function objectsOf({ client }: TestCluster): Pick<TestExtensions, 'create' | 'messageOf' | 'ready'> {
  type Told = KubeObject & { status?: { state?: string; conditions?: { message?: string }[] } };
  return {
    create: (resource, name, spec, metadata = {}) =>
      client.create(resource, {
        apiVersion: resource.apiVersion,
        kind: resource.kind,
        metadata: { name, ...metadata },
        spec,
      } as KubeObject),
    messageOf: async (resource, name) => (await client.get<Told>(resource, name)).status?.conditions?.[0]?.message,
    ready: (resource, name, state = 'Available') =>
      becomes(async () => (await client.get<Told>(resource, name)).status?.state, state),
  };
}
