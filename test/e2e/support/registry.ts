/** A real image registry (package docker-registry) in a cluster's network, with a certificate of its own authority and a password. */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuthority } from '@orrery/http/testing/certificates';
import type { Cluster } from './cluster.ts';
import type { ImageFiles } from './images.ts';

export const user = 'puller';
export const password = 'pull-secret';
const passwordHash = '$2b$05$.wZ0b6.M8OH0H8EVS2bImelMtqBUzVZEXA1.IZQnKH/vE25txvTBe';

export interface Registry {
  /** Host and port, as in an image's name. */
  readonly host: string;
  /** PEM file of the authority that vouches for it. */
  readonly caFile: string;
  /** Stores an image under a name such as `team/tool:1`. */
  push(name: string, image: ImageFiles): Promise<void>;
  /** Pulls of a manifest by anybody who could log in. */
  readonly requests: () => string;
  stop(): void;
}

const port = 5000;

/** Listens on the cluster's own address. */
export async function startRegistry(cluster: Cluster, folder: string): Promise<Registry> {
  const place = join(folder, 'registry');
  mkdirSync(join(place, 'data'), { recursive: true });
  const authority = await createAuthority('registry CA');
  const pair = await authority.issue('registry', ['registry.example']);
  const write = (name: string, text: string): string => {
    writeFileSync(join(place, name), text);
    return join(place, name);
  };
  const caFile = write('ca.crt', authority.cert);
  const config = [
    'version: 0.1',
    `storage: {filesystem: {rootdirectory: ${join(place, 'data')}}}`,
    'http:',
    `  addr: 0.0.0.0:${port}`,
    `  tls: {certificate: ${write('tls.crt', pair.cert)}, key: ${write('tls.key', pair.key)}}`,
    `auth: {htpasswd: {realm: test, path: ${write('users', `${user}:${passwordHash}\n`)}}}`,
    '',
  ].join('\n');
  const net = `--net=/run/netns/${cluster.namespace}`;
  const child = spawn('nsenter', [net, 'docker-registry', 'serve', write('config.yml', config)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  const keep = (chunk: Buffer) => (log += chunk.toString());
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  await listening(child, () => log);
  return {
    host: `localhost:${port}`,
    caFile,
    push: (name, image) => push(cluster, caFile, name, image),
    requests: () => log,
    stop: () => void child.kill(),
  };
}

function listening(child: ChildProcess, log: () => string): Promise<void> {
  return new Promise((resolve, reject) => {
    const look = () => /listening on/.test(log()) && resolve();
    child.stderr!.on('data', look);
    child.stdout!.on('data', look);
    child.on('exit', code => reject(new Error(`docker-registry ended with ${code}: ${log()}`)));
  });
}

const digestOf = (bytes: Uint8Array): string => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** Uploads in the words of the distribution specification, with curl since the registry is in another network. */
async function push(cluster: Cluster, caFile: string, name: string, { layer, config }: ImageFiles): Promise<void> {
  const [repository, tag] = name.split(':');
  const base = `https://localhost:${port}/v2/${repository}`;
  const curl = async (...args: string[]): Promise<string> => {
    const { code, stdout, stderr } = await cluster.inside(
      'curl',
      '-sSf',
      '--cacert',
      caFile,
      '-u',
      `${user}:${password}`,
      ...args,
    );
    if (code !== 0) throw new Error(`curl ${args.join(' ')}: ${stderr}`);
    return stdout;
  };
  const upload = async (bytes: Uint8Array): Promise<{ digest: string; size: number }> => {
    const file = `${caFile}.upload`;
    writeFileSync(file, bytes);
    const headers = await curl('-X', 'POST', '-D', '-', '-o', '/dev/null', `${base}/blobs/uploads/`);
    const location = /^location: (\S+)/im.exec(headers)![1]!;
    const digest = digestOf(bytes);
    const type = 'Content-Type: application/octet-stream';
    await curl('-X', 'PUT', '-H', type, '--data-binary', `@${file}`, `${location}&digest=${digest}`);
    return { digest, size: bytes.length };
  };
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', ...(await upload(config)) },
    layers: [{ mediaType: 'application/vnd.oci.image.layer.v1.tar', ...(await upload(layer)) }],
  };
  const header = `Content-Type: ${manifest.mediaType}`;
  await curl('-X', 'PUT', '-H', header, '--data-binary', JSON.stringify(manifest), `${base}/manifests/${tag}`);
}
