/** A cluster that is measured: any that a kubeconfig leads to. What the benchmark needs there is made, and removed at the end. */
import { networkInterfaces } from 'node:os';
import { createClient, type Client } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { readBody } from '@orrery/http';
import { resources } from '@orrery/client/resources';
import type { ClusterRoleBinding, Namespace, ServiceAccount } from '@orrery/kinds/types';
import type { Clock } from '@orrery/machinery/clock';
import { listenersOf } from '../processes.ts';

export interface Target {
  /** Its column. */
  readonly name: string;
  /** Address and version, for the reader. */
  readonly about: string;
  readonly url: string;
  /** Of an account that may do everything. */
  readonly token: string;
  /** As that account. */
  readonly client: Client;
  /** Namespaces of the benchmark: one for what is read, one for what is created and deleted again. */
  readonly kept: string;
  readonly churned: string;
  /** Its processes on this machine; none when it is elsewhere or they cannot be seen. */
  readonly pids: readonly number[];
  /** Deletes all objects of a resource in {@link churned}. */
  clear(resource: 'configmaps' | 'pods'): Promise<void>;
  /** Removes all that was made. */
  remove(): Promise<void>;
}

export interface TargetOptions {
  readonly name: string;
  readonly kubeconfig: string;
  /** Instead of those that listen on the server's port; a server in several processes needs it. */
  readonly pids?: readonly number[];
  /** Part of the names that are made. */
  readonly run: string;
  readonly clock: Clock;
}

const account = 'bench';
const patienceMs = 20_000;
const tokenSeconds = 7200;
/** A server may take this long to delete many objects, and says nothing meanwhile. */
const clearings = 20;

/** @throws when the cluster does not answer, or does not let us. */
export async function openTarget({ name, kubeconfig, pids, run, clock }: TargetOptions): Promise<Target> {
  const { connect: access } = await loadKubeconfig({ path: kubeconfig });
  const administrator = connect(access);
  const admin = createClient(administrator);
  const names = { kept: `orrery-bench-${run}`, churned: `orrery-bench-${run}-churn` };
  const { credentials: _, cert: _cert, key: _key, token: _token, headers: _headers, ...server } = access;
  const removeAll = () => removeMade(admin, names).finally(() => administrator.close());
  try {
    const version = await versionOf(admin);
    const token = await makeAccount(admin, names);
    const wire = connect({ ...server, token });
    const client = createClient(wire, { userAgent: 'orrery-bench' });
    await mayDoAll(client, names.churned, clock);
    return {
      name,
      about: `${access.server}, ${version}`,
      url: access.server.replace(/\/+$/, ''),
      token,
      client,
      ...names,
      pids: pids ?? localProcesses(access.server),
      clear: resource => clear(client, resource, names.churned),
      async remove() {
        wire.close();
        await removeAll();
      },
    };
  } catch (error) {
    await removeAll().catch(() => {});
    throw error;
  }
}

async function versionOf(client: Client): Promise<string> {
  const response = await client.raw('GET', '/version');
  if (response.status !== 200) throw new Error(`the server answers ${response.status} to /version`);
  const body = await readBody(response.body);
  return (JSON.parse(Buffer.from(body).toString()) as { gitVersion: string }).gitVersion;
}

/** Namespaces, an account with all rights, and its token. Load generators know tokens, but no client certificates. */
async function makeAccount(client: Client, { kept, churned }: Pick<Target, 'kept' | 'churned'>): Promise<string> {
  for (const namespace of [kept, churned]) {
    await client.create<Namespace>(resources.namespaces, {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: namespace },
      spec: {},
    });
    await client.create<ServiceAccount>(resources.serviceaccounts, {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: account, namespace },
    });
  }
  await client.create<ClusterRoleBinding>(resources.clusterrolebindings, {
    apiVersion: 'rbac.authorization.k8s.io/v1',
    kind: 'ClusterRoleBinding',
    metadata: { name: kept },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'cluster-admin' },
    subjects: [{ kind: 'ServiceAccount', name: account, namespace: kept }],
  });
  const request = {
    apiVersion: 'authentication.k8s.io/v1',
    kind: 'TokenRequest',
    spec: { expirationSeconds: tokenSeconds },
  };
  const made = await client.create(resources.serviceaccounts, request as never, {
    namespace: kept,
    name: account,
    subresource: 'token',
  });
  return (made as unknown as { status: { token: string } }).status.token;
}

/** Rights follow their binding a moment later. */
async function mayDoAll(client: Client, namespace: string, clock: Clock): Promise<void> {
  const deadline = clock.monotonic() + patienceMs;
  for (;;) {
    try {
      await client.list(resources.pods, { namespace, limit: 1 });
      return;
    } catch (error) {
      if (clock.monotonic() > deadline) throw error;
      await clock.sleep(50);
    }
  }
}

async function clear(client: Client, resource: 'configmaps' | 'pods', namespace: string): Promise<void> {
  for (let turn = 1; ; turn++) {
    try {
      return await client.deleteCollection(resources[resource], { namespace, gracePeriodSeconds: 0 });
    } catch (error) {
      // Many objects take longer than a server gives a request; each turn finds fewer.
      if (turn === clearings) throw error;
    }
  }
}

async function removeMade(client: Client, { kept, churned }: Pick<Target, 'kept' | 'churned'>): Promise<void> {
  const ignore = () => {};
  for (const namespace of [kept, churned]) {
    // Where nobody empties namespaces that are deleted (an API server by itself), nothing of size stays behind.
    await clear(client, 'pods', namespace).catch(ignore);
    await clear(client, 'configmaps', namespace).catch(ignore);
    await client.delete(resources.namespaces, namespace).catch(ignore);
  }
  await client.delete(resources.clusterrolebindings, kept).catch(ignore);
}

function localProcesses(server: string): number[] {
  const { hostname, port, protocol } = new URL(server);
  const host = hostname.replace(/^\[|\]$/g, '');
  const own = Object.values(networkInterfaces()).flatMap(addresses => (addresses ?? []).map(({ address }) => address));
  if (host !== 'localhost' && !own.includes(host) && !host.startsWith('127.')) return [];
  return listenersOf(Number(port) || (protocol === 'https:' ? 443 : 80));
}
