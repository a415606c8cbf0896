/** The operator of the example, in processes of its own, beside a cluster that knows its kind and asks its webhooks. */
import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { connect as dial } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createClient } from '@orrery/client';
import { connect, loadKubeconfig } from '@orrery/client/node';
import { resources, type KnownResource } from '@orrery/client/resources';
import { createAuthority } from '@orrery/http/testing/certificates';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { completeSite, definition, judgeSite, webhookConfigurations } from '@orrery/reconciler/examples/website';
import { eventually } from './session.ts';

export interface Replica {
  /** Its name among the candidates. */
  readonly identity: string;
  /** The port where it tells how it is. */
  readonly health: number;
  /** Ends it; resolves when it is gone. */
  end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void>;
}

export interface OperatorUnderTest {
  /** The process that answers webhooks. */
  readonly webhooks: Replica;
  startController(): Promise<Replica>;
  isRegistered(host: string): boolean;
  /** Ends all processes and takes the kind away. */
  remove(): Promise<void>;
}

interface Started extends Replica {
  readonly webhooks: number;
}

const program = join(import.meta.dirname, 'operator-process.ts');

/** Starts a process; resolves when it has told the ports. */
async function start(role: 'controllers' | 'webhooks', kubeconfig: string, folder: string): Promise<Started> {
  const child = spawn(process.execPath, [program, role, kubeconfig, folder], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  child.stderr.on('data', (bytes: Buffer) => said.push(bytes.toString()));
  const gone = new Promise<void>(resolve => child.once('close', () => resolve()));
  const ports: Record<string, number> = {};
  createInterface(child.stdout).on('line', line => Object.assign(ports, JSON.parse(line)));
  const wanted = role === 'controllers' ? 1 : 2;
  await eventually(`${role} to start`, async () => {
    if (child.exitCode !== null) throw new Error(said.join(''));
    return Object.keys(ports).length === wanted;
  });
  return {
    identity: String(child.pid),
    health: ports['health']!,
    webhooks: ports['webhooks'] ?? 0,
    end: endOf(child, gone),
  };
}

const endOf = (child: ChildProcess, gone: Promise<void>) => async (signal: 'SIGTERM' | 'SIGKILL') => {
  child.kill(signal);
  await gone;
};

/** The address of this machine from which it reaches the cluster: by which the cluster reaches it, too. */
function ownAddress(server: string): Promise<string> {
  const { hostname, port } = new URL(server);
  const socket = dial(Number(port || 443), hostname.replaceAll(/[[\]]/g, ''));
  return new Promise((resolve, reject) => {
    socket.once('error', reject).once('connect', () => {
      resolve(socket.localAddress!);
      socket.destroy();
    });
  });
}

const cluster = (group: string, version: string, resource: string, kind: string): KnownResource => ({
  ...{ group, version, resource, kind, namespaced: false },
});
const definitions = cluster('apiextensions.k8s.io', 'v1', 'customresourcedefinitions', 'CustomResourceDefinition');
const admission = (kind: string) => cluster('admissionregistration.k8s.io', 'v1', `${kind.toLowerCase()}s`, kind);
const mutating = admission('MutatingWebhookConfiguration');
const validating = admission('ValidatingWebhookConfiguration');

function ignoreMissing(error: unknown): void {
  if (!isReason(error, 'NotFound')) throw error;
}

export async function startOperator(kubeconfig: string): Promise<OperatorUnderTest> {
  const access = (await loadKubeconfig({ path: kubeconfig })).connect;
  const transport = connect(access);
  const client = createClient(transport);
  const folder = mkdtempSync(join(tmpdir(), 'orrery-operator-'));
  mkdirSync(join(folder, 'hosts'));
  const authority = await createAuthority('website-operator');
  const address = await ownAddress(access.server);
  const { cert, key } = await authority.issue('webhooks', [address]);
  writeFileSync(join(folder, 'tls.crt'), cert);
  writeFileSync(join(folder, 'tls.key'), key);
  const remove = (resource: KnownResource, name: string) => client.delete(resource, name).catch(ignoreMissing);
  await client.create(definitions, definition as unknown as KubeObject);
  const replicas = [await start('webhooks', kubeconfig, folder)];
  const url = `https://${address.includes(':') ? `[${address}]` : address}:${replicas[0]!.webhooks}`;
  const told = webhookConfigurations(url, authority.cert, {
    complete: completeSite({ replicas: 1, image: '' }),
    judge: judgeSite(undefined as never),
  });
  await client.create(mutating, told.mutating as KubeObject);
  await client.create(validating, told.validating as KubeObject);
  return {
    webhooks: replicas[0]!,
    async startController() {
      const replica = await start('controllers', kubeconfig, folder);
      replicas.push(replica);
      return replica;
    },
    isRegistered: host => existsSync(join(folder, 'hosts', host)),
    async remove() {
      await Promise.all(replicas.map(replica => replica.end('SIGTERM')));
      await remove(mutating, told.mutating.metadata.name);
      await remove(validating, told.validating.metadata.name);
      await remove(definitions, definition.metadata.name);
      await client.delete(resources.leases, 'website-operator', { namespace: 'default' }).catch(ignoreMissing);
      transport.close();
      rmSync(folder, { recursive: true });
    },
  };
}
