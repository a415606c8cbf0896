/** Images from a registry: a private authority, a mirror, credentials of the node and of a pod. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { equal } from 'node:assert/strict';
import { createCluster, eventually, startCluster, type Cluster } from './support/cluster.ts';
import { busybox } from './support/images.ts';
import { password, startRegistry, user, type Registry } from './support/registry.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-registry-'));
let cluster: Cluster;
let registry: Registry;

before(async () => {
  cluster = createCluster();
  registry = await startRegistry(cluster, folder);
  for (const name of ['library/tool:1', 'team/app:1']) await registry.push(name, busybox());
});

after(async () => {
  registry.stop();
  await cluster.remove();
  rmSync(folder, { recursive: true });
});

const pod = (name: string, image: string, secret = ''): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      containers: [{ name: 'c', image, imagePullPolicy: 'Always', command: ['echo', 'pulled'] }],
      ...(secret && { imagePullSecrets: [{ name: secret }] }),
    },
  });

const phase = (name: string) => cluster.kubectl('get', 'pod', name, '-o', 'jsonpath={.status.phase}');
const finished = (name: string) => eventually(`${name} has run`, async () => (await phase(name)) === 'Succeeded');
const eventsOf = (name: string) =>
  cluster.kubectl(
    'get',
    'events',
    '--field-selector',
    `involvedObject.name=${name}`,
    '-o',
    'jsonpath={.items[*].message}',
  );

/** Events are written beside the work that they tell of. */
const told = (name: string, what: RegExp) =>
  eventually(`${name} is told of: ${what}`, async () => what.test(await eventsOf(name)));

/** `registries.yaml` as administrators write it; containerd reads it at the next start. */
async function startWith(registries: object): Promise<void> {
  writeFileSync(join(cluster.dataDir, 'registries.yaml'), JSON.stringify(registries));
  await startCluster(cluster);
  await cluster.kubectl('wait', '--for=condition=Ready', 'node', '--all', '--timeout=60s');
  await eventually('the default service account is there', () => cluster.kubectl('get', 'serviceaccount', 'default'));
}

test('a mirror stands for Docker Hub, with its own authority and the credentials of the node', async () => {
  const tls = { ca_file: registry.caFile };
  await startWith({
    mirrors: { 'docker.io': { endpoint: [`https://${registry.host}`] } },
    configs: { [registry.host]: { tls, auth: { username: user, password } } },
  });
  await cluster.kubectlWith(pod('mirrored', 'tool:1'), 'apply', '-f', '-');
  await finished('mirrored');
  equal(await cluster.kubectl('logs', 'mirrored'), 'pulled\n');
  await told('mirrored', /Successfully pulled image "tool:1" in /);
});

test('without credentials a pod waits and says why; its pull secret lets it go on', async () => {
  equal((await cluster.orrery('down')).code, 0);
  await startWith({ configs: { [registry.host]: { tls: { ca_file: registry.caFile } } } });
  const image = `${registry.host}/team/app:1`;
  await cluster.kubectlWith(pod('stranger', image), 'apply', '-f', '-');
  await told('stranger', /Back-off pulling image/);
  await told('stranger', /Failed to pull image .*(401 Unauthorized|authorization failed|no basic auth credentials)/);
  await cluster.kubectl(
    'create',
    'secret',
    'docker-registry',
    'key',
    `--docker-server=${registry.host}`,
    `--docker-username=${user}`,
    `--docker-password=${password}`,
  );
  await cluster.kubectlWith(pod('friend', image, 'key'), 'apply', '-f', '-');
  await finished('friend');
  equal(await cluster.kubectl('logs', 'friend'), 'pulled\n');
});
