/** The platform as a user starts it, on a cluster of its own or beside another one, and asked by real HTTP. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, type Client } from '@orrery/client';
import { connect, loadKubeconfig, type SocketTransport } from '@orrery/client/node';
import { resources } from '@orrery/client/resources';
import { readBody, type Response } from '@orrery/http';
import { createAuthority } from '@orrery/http/testing/certificates';
import { installObjects } from '@orrery/platform-server';
import { eventually, launcher, type Outcome } from './cluster.ts';

/** What the suites ask of an environment. */
export interface PlatformUnderTest {
  readonly url: string;
  /** PEM of who vouches for it; absent without TLS. */
  readonly ca?: string;
  /** The cluster below, as its administrator. */
  readonly admin: Client;
  /** The file that this is by. */
  readonly kubeconfig: string;
  readonly firstPassword: string;
  /** The account that the platform has in the cluster. */
  readonly account: string;
  /** Whether the cluster asks the platform before it admits: quotas of workspaces are held then, and counted otherwise. */
  readonly admits: boolean;
  /** The cluster's own records so far, where it keeps some. */
  readonly audit?: () => AuditRecord[];
  remove(): Promise<void>;
}

export interface AuditRecord {
  readonly auditID: string;
  readonly stage: string;
  readonly verb: string;
  readonly requestURI: string;
  readonly user: { readonly username: string };
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] };
  readonly objectRef?: { readonly resource: string; readonly namespace?: string; readonly subresource?: string };
  readonly responseStatus?: { readonly code: number; readonly message?: string };
}

export const account = 'system:serviceaccount:kubesphere-system:orrery-platform';
export const firstPassword = 'First-Passw0rd';

/** The command, without a data directory. */
export const orrery = (...args: string[]): Promise<Outcome> =>
  new Promise(resolve =>
    execFile(launcher, args, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    ),
  );

export interface SimulatedCluster {
  readonly ca: string;
  readonly dataDir: string;
  readonly folder: string;
  readonly kubeconfig: string;
  readonly admin: Client;
  readonly printed: string;
  readonly audit: () => AuditRecord[];
  status(): Promise<{ url: string; console?: string; processes: { server: number } }>;
  orrery(...args: string[]): Promise<Outcome>;
  remove(): Promise<void>;
}

/** A cluster of simulated nodes that keeps records, in a folder of its own. */
export async function startSimulated(...options: string[]): Promise<SimulatedCluster> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-platform-'));
  await new Promise(resolve => execFile('chmod', ['755', folder], resolve));
  const dataDir = join(folder, 'data');
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, `${firstPassword}\n`);
  const records = join(folder, 'audit/audit.log');
  const own = (...args: string[]) => orrery(...args, '--data-dir', dataDir);
  const ports = ['--port', '0', '--console-port', '0'];
  const { code, stdout, stderr } = await own(
    ...['up', '--detach', '--simulate', '2', ...ports, '--audit-log', records],
    ...(options.length > 0 ? options : ['--admin-password-file', passwordFile]),
  );
  if (code !== 0) throw new Error(`up ended with ${code}: ${stderr}${stdout}`);
  const kubeconfig = join(dataDir, 'kubeconfig');
  const access = await loadKubeconfig({ path: kubeconfig });
  const transport = connect(access.connect);
  return {
    ca: String(access.connect.ca),
    dataDir,
    folder,
    kubeconfig,
    printed: stdout,
    admin: createClient(transport),
    audit: () =>
      readFileSync(records, 'utf8')
        .split('\n')
        // What follows the last end of a line is a record that is being written.
        .slice(0, -1)
        .map(line => JSON.parse(line) as AuditRecord),
    status: async () => JSON.parse((await own('status', '-o', 'json')).stdout),
    orrery: own,
    async remove() {
      transport.close();
      const outcome = await own('reset', '--yes');
      if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
      if (outcome.code !== 0) throw new Error(`reset failed: ${outcome.stderr}`);
    },
  };
}

/** One command: the cluster with its platform. */
export async function startEmbedded(): Promise<PlatformUnderTest> {
  const { admin, audit, ca, kubeconfig, status, remove } = await startSimulated();
  return { url: (await status()).console!, ca, admin, kubeconfig, admits: true, audit, firstPassword, account, remove };
}

/** A cluster in one process, and the platform in another that has nothing but a kubeconfig with the install role. */
export async function startBeside(): Promise<PlatformUnderTest> {
  const { admin, audit, kubeconfig, folder, remove } = await startSimulated('--no-platform');
  const { options, ca } = await certificateIn(folder);
  // Cluster and platform are on one machine here.
  const guest = await startGuest(kubeconfig, folder, ...options, '--admission-url', 'https://127.0.0.1:0');
  return {
    ...{ url: guest.url, ca, admin, kubeconfig, admits: true, audit, firstPassword, account },
    async remove() {
      await guest.stop();
      await remove();
    },
  };
}

/** The same on any cluster, by the kubeconfig of an administrator. What the suite makes is taken away again. */
export async function startForeign(kubeconfig: string): Promise<PlatformUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-platform-'));
  const transport = connect((await loadKubeconfig({ path: kubeconfig })).connect);
  const guest = await startGuest(kubeconfig, folder);
  return {
    ...{ url: guest.url, admin: createClient(transport), kubeconfig, admits: false, firstPassword, account },
    async remove() {
      await guest.stop();
      await orrery('platform', 'uninstall', '--kubeconfig', kubeconfig);
      transport.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const foreign = process.env.PLATFORM_KUBECONFIG;

const ways: Readonly<Record<string, () => Promise<PlatformUnderTest>>> = foreign
  ? { 'on a foreign cluster': () => startForeign(foreign) }
  : { 'as `orrery up` brings it': startEmbedded, 'beside a cluster in another process': startBeside };

/** Where suites run: both ways that need nothing, or the one cluster that is named. `PLATFORM_WHERE` picks those with a word in their name. */
export const environments = Object.fromEntries(
  Object.entries(ways).filter(([name]) => name.includes(process.env.PLATFORM_WHERE ?? '')),
);

/** What `orrery platform` serves with on loopback, and who vouches for it. */
async function certificateIn(folder: string): Promise<{ options: string[]; ca: string }> {
  const authority = await createAuthority();
  const files = { ...(await authority.issue('platform')), ca: authority.cert };
  const options = (['cert', 'key', 'ca'] as const).flatMap(name => {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, String(files[name]), { mode: 0o600 });
    return [`--tls-${name}`, path];
  });
  return { options, ca: authority.cert };
}

async function startGuest(kubeconfig: string, folder: string, ...options: string[]): Promise<Guest> {
  const path = await restrictedKubeconfig(kubeconfig, folder);
  const passwordFile = join(folder, 'password');
  writeFileSync(passwordFile, firstPassword);
  return startPlatformProcess(path, '--admin-password-file', passwordFile, ...options);
}

/** Applies what `orrery platform manifest` prints, and makes a kubeconfig that holds just that. */
export async function restrictedKubeconfig(kubeconfig: string, folder: string): Promise<string> {
  const access = await loadKubeconfig({ path: kubeconfig });
  const transport = connect(access.connect);
  const client = createClient(transport);
  try {
    for (const { resource, object } of installObjects) await client.create(resource, object);
    const request = { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec: {} };
    const { status } = (await client.create(resources.serviceaccounts, request, {
      ...{ namespace: 'kubesphere-system', name: 'orrery-platform', subresource: 'token' },
    })) as unknown as { status: { token: string } };
    const { server, ca } = access.connect;
    const cluster = { server, 'certificate-authority-data': Buffer.from(String(ca)).toString('base64') };
    const path = join(folder, 'restricted.kubeconfig');
    const config = {
      ...{ apiVersion: 'v1', kind: 'Config', 'current-context': 'it' },
      clusters: [{ name: 'it', cluster }],
      users: [{ name: 'it', user: { token: status.token } }],
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
    };
    writeFileSync(path, JSON.stringify(config), { mode: 0o600 });
    return path;
  } finally {
    transport.close();
  }
}

export interface Guest {
  readonly url: string;
  readonly process: ChildProcess;
  readonly printed: () => string;
  stop(): Promise<void>;
}

/** `orrery platform` on a free port of loopback. */
export async function startPlatformProcess(kubeconfig: string, ...options: string[]): Promise<Guest> {
  const child = spawn(launcher, ['platform', '--kubeconfig', kubeconfig, '--port', '0', ...options], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let printed = '';
  let complaint = '';
  child.stdout.on('data', (chunk: Buffer) => (printed += chunk.toString()));
  child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
  const exited = new Promise<void>(resolve => child.once('exit', () => resolve()));
  const url = await eventually('the platform answers', async () => {
    if (child.exitCode !== null) throw new Error(complaint);
    return /answers at (\S+)/.exec(printed)?.[1];
  });
  return {
    url,
    process: child,
    printed: () => printed,
    async stop() {
      child.kill('SIGTERM');
      await exited;
    },
  };
}

export interface Answer {
  readonly status: number;
  readonly headers: Response['headers'];
  readonly text: string;
  readonly body: Record<string, unknown>;
}

interface CallOptions {
  readonly token?: string;
  readonly body?: unknown;
  readonly form?: Record<string, string>;
  readonly headers?: Record<string, string>;
}

/** Somebody who talks to a platform over one connection or a few. */
export interface Caller {
  ask(method: string, target: string, options?: CallOptions): Promise<Response>;
  call(method: string, target: string, options?: CallOptions): Promise<Answer>;
  /** What the log-in answers. */
  tokens(username: string, password: string): Promise<{ access_token: string; refresh_token: string }>;
  close(): void;
}

/** `fresh` takes a connection per call. */
export function callerOf({ url: server, ca }: { url: string; ca?: string }, { fresh = false } = {}): Caller {
  const open = (): SocketTransport => connect({ server, ...(ca && { ca }) });
  const kept = fresh ? undefined : open();
  const ask: Caller['ask'] = async (method, target, { token, body, form, headers } = {}) => {
    const text = form ? new URLSearchParams(form).toString() : body === undefined ? '' : JSON.stringify(body);
    const type = form ? 'application/x-www-form-urlencoded' : 'application/json';
    const request = {
      method,
      target,
      headers: {
        'user-agent': 'suite/1',
        ...(text !== '' && { 'content-type': type }),
        ...(token && { authorization: `Bearer ${token}` }),
        ...headers,
      },
      body: new TextEncoder().encode(text),
      signal: new AbortController().signal,
    };
    if (kept) return kept(request);
    const once = open();
    try {
      const { body: content, ...rest } = await once(request);
      return { ...rest, body: await readBody(content) };
    } finally {
      once.close();
    }
  };
  const call: Caller['call'] = async (method, target, options) => {
    const { status, headers, body } = await ask(method, target, options);
    const text = new TextDecoder().decode(await readBody(body));
    const parsed = text.startsWith('{') || text.startsWith('[');
    return { status, headers, text, body: (parsed ? JSON.parse(text) : {}) as Record<string, unknown> };
  };
  return {
    ask,
    call,
    async tokens(username, password) {
      const form = { grant_type: 'password', client_id: 'kubesphere', client_secret: 'kubesphere', username, password };
      const { status, text, body } = await call('POST', '/oauth/token', { form });
      if (status !== 200) throw new Error(`${username} could not log in: ${status} ${text}`);
      return body as { access_token: string; refresh_token: string };
    },
    close: () => kept?.close(),
  };
}
