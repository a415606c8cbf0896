/** Kubeconfig files and the service account of a pod: where the server is and who we are. */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';
import { systemClock, type Clock } from '@orrery/machinery/clock';
import { parse } from 'yaml';
import { impersonationHeaders } from '../impersonate.ts';
import type { ConnectOptions } from './connect.ts';
import { fileCredentials, fixedCredentials, tokenFileCredentials, type Credentials } from './credentials.ts';
import { execCredentials, type ExecConfig } from './exec.ts';

export interface Access {
  /** For {@link connect}. */
  readonly connect: ConnectOptions;
  /** The namespace of the context; `default` unless it names one. */
  readonly namespace: string;
  /** The context's name; empty in a pod. */
  readonly context: string;
}

export interface KubeconfigOptions {
  /** One file; otherwise those of `KUBECONFIG`, otherwise `~/.kube/config`. */
  readonly path?: string;
  /** Another context than the current one. */
  readonly context?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

interface Cluster {
  server?: string;
  'certificate-authority'?: string;
  'certificate-authority-data'?: string;
  'insecure-skip-tls-verify'?: boolean;
  'tls-server-name'?: string;
  'proxy-url'?: string;
}

interface User {
  'client-certificate'?: string;
  'client-certificate-data'?: string;
  'client-key'?: string;
  'client-key-data'?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  'as-uid'?: string;
  'as-groups'?: string[];
  'as-user-extra'?: Record<string, string[]>;
  exec?: ExecConfig;
  'auth-provider'?: unknown;
}

interface Context {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** An entry and the folder its relative paths start from. */
interface Entry<T> {
  readonly value: T;
  readonly folder: string;
}

interface Merged {
  current?: string;
  readonly clusters: Map<string, Entry<Cluster>>;
  readonly users: Map<string, Entry<User>>;
  readonly contexts: Map<string, Entry<Context>>;
}

/** Reads and merges the files as kubectl does: the first to name something wins. Rejects with what is missing or unreadable. */
export async function loadKubeconfig(options: KubeconfigOptions = {}): Promise<Access> {
  const { env = process.env, clock = systemClock } = options;
  const listed = env['KUBECONFIG']?.split(delimiter).filter(path => path !== '');
  const paths = options.path
    ? [options.path]
    : listed?.length
      ? listed
      : [join(env['HOME'] ?? homedir(), '.kube', 'config')];
  const merged: Merged = { clusters: new Map(), users: new Map(), contexts: new Map() };
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
      // Of several files some may be missing, as for kubectl; one that was asked for may not.
      if (error.code === 'ENOENT' && paths.length > 1) return '';
      throw error;
    });
    merge(merged, text, dirname(resolve(path)), path);
  }
  return accessOf(merged, options.context, env, clock);
}

/** The same for a text in hand; relative paths in it start at the working directory. */
export function parseKubeconfig(text: string, options: Omit<KubeconfigOptions, 'path'> = {}): Promise<Access> {
  const merged: Merged = { clusters: new Map(), users: new Map(), contexts: new Map() };
  merge(merged, text, process.cwd(), 'kubeconfig');
  return accessOf(merged, options.context, options.env ?? process.env, options.clock ?? systemClock);
}

function merge(into: Merged, text: string, folder: string, path: string): void {
  const config = (parse(text) ?? {}) as Record<string, unknown>;
  if (typeof config !== 'object') throw new Error(`${path} is not a kubeconfig`);
  into.current ||= config['current-context'] as string | undefined;
  const add = <T>(map: Map<string, Entry<T>>, list: string, field: string) => {
    for (const entry of (config[list] ?? []) as Record<string, unknown>[]) {
      const name = String(entry['name']);
      if (!map.has(name)) map.set(name, { value: (entry[field] ?? {}) as T, folder });
    }
  };
  add(into.clusters, 'clusters', 'cluster');
  add(into.users, 'users', 'user');
  add(into.contexts, 'contexts', 'context');
}

async function accessOf(
  merged: Merged,
  wanted: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<Access> {
  const name = wanted ?? merged.current;
  if (!name) throw new Error('the kubeconfig has no current context');
  const context = merged.contexts.get(name)?.value;
  if (!context) throw new Error(`context "${name}" does not exist`);
  const cluster = merged.clusters.get(context.cluster ?? '');
  if (!cluster?.value.server) throw new Error(`cluster "${context.cluster ?? ''}" of context "${name}" does not exist`);
  if (cluster.value['proxy-url']) throw new Error('proxy-url is not supported');
  const user = merged.users.get(context.user ?? '') ?? { value: {}, folder: '' };
  const ca = await content(cluster, 'certificate-authority');
  const connect: ConnectOptions = {
    server: cluster.value.server,
    ...(ca && { ca }),
    ...(cluster.value['tls-server-name'] && { serverName: cluster.value['tls-server-name'] }),
    ...(cluster.value['insecure-skip-tls-verify'] && { insecureSkipTlsVerify: true }),
    credentials: await credentialsOf(user, cluster, ca, env, clock),
    headers: impersonationHeaders({
      name: user.value.as,
      uid: user.value['as-uid'],
      groups: user.value['as-groups'],
      extra: user.value['as-user-extra'],
    }),
    clock,
  };
  return { connect, namespace: context.namespace || 'default', context: name };
}

/** The data in the file itself goes before the file it points to. */
async function content<T extends object>({ value, folder }: Entry<T>, field: string): Promise<string | undefined> {
  const { [`${field}-data`]: data, [field]: path } = value as Record<string, string | undefined>;
  if (data) return Buffer.from(data, 'base64').toString();
  return path ? readFile(resolve(folder, path), 'utf8') : undefined;
}

async function credentialsOf(
  user: Entry<User>,
  cluster: Entry<Cluster>,
  ca: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): Promise<Credentials> {
  const { value, folder } = user;
  if (value['auth-provider']) throw new Error('auth-provider is no longer part of Kubernetes: use exec credentials');
  if (value.exec) {
    const described = { server: cluster.value.server!, ca, tlsServerName: cluster.value['tls-server-name'] };
    return execCredentials(value.exec, { cluster: described, folder, env, clock });
  }
  const read = async () => {
    const cert = await content(user, 'client-certificate');
    const key = await content(user, 'client-key');
    const { username, password = '' } = value;
    // A token file goes before a token, as in client-go.
    const token = value.tokenFile ? (await readFile(resolve(folder, value.tokenFile), 'utf8')).trim() : value.token;
    return {
      ...(cert && key && { cert, key }),
      ...(token ? { token } : username ? { basic: { username, password } } : {}),
    };
  };
  const first = await read();
  const inFiles = value.tokenFile || value['client-certificate'] || value['client-key'];
  return inFiles ? fileCredentials(read, clock) : fixedCredentials(first);
}

export interface InClusterOptions {
  /** Where the service account is mounted; Kubernetes' own place unless given. */
  readonly folder?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
}

/** The access a pod has by its service account; undefined outside a pod. */
export async function inClusterConfig(options: InClusterOptions = {}): Promise<Access | undefined> {
  const { folder = '/var/run/secrets/kubernetes.io/serviceaccount', env = process.env, clock = systemClock } = options;
  const { KUBERNETES_SERVICE_HOST: host, KUBERNETES_SERVICE_PORT: port = '443' } = env;
  if (!host) return undefined;
  const ca = await readFile(join(folder, 'ca.crt'), 'utf8').catch(() => undefined);
  if (ca === undefined) return undefined;
  const namespace = await readFile(join(folder, 'namespace'), 'utf8').catch(() => 'default');
  const server = `https://${host.includes(':') ? `[${host}]` : host}:${port}`;
  const credentials = tokenFileCredentials(join(folder, 'token'), clock);
  return { connect: { server, ca, credentials, clock }, namespace: namespace.trim(), context: '' };
}
