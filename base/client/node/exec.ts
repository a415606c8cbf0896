/** Credentials that a program hands out (client.authentication.k8s.io `ExecCredential`). */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import type { Clock } from '@orrery/machinery/clock';
import type { Credential, Credentials } from './credentials.ts';

export interface ExecConfig {
  apiVersion?: string;
  command?: string;
  args?: string[] | null;
  env?: { name: string; value: string }[] | null;
  installHint?: string;
  interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
  provideClusterInfo?: boolean;
}

export interface ExecContext {
  readonly cluster: { readonly server: string; readonly ca?: string; readonly tlsServerName?: string };
  /** The kubeconfig's folder: where a command with a slash in it starts from. */
  readonly folder: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
}

const versions = ['client.authentication.k8s.io/v1', 'client.authentication.k8s.io/v1beta1'];

/** Runs the program when first asked, when its credential has expired, and after a 401. */
export function execCredentials(config: ExecConfig, context: ExecContext): Credentials {
  if (!config.command) throw new Error('exec: command must be specified');
  if (!versions.includes(config.apiVersion ?? ''))
    throw new Error(`exec: invalid apiVersion "${config.apiVersion ?? ''}"`);
  if (config.interactiveMode === 'Always')
    throw new Error('exec plugin cannot support interactive mode: standard input is not a terminal');
  let known: { credential: Credential; until: number } | undefined;
  let running: Promise<Credential> | undefined;
  const ask = async () => {
    const status = statusIn(await run(config, context), config);
    const credential: Credential = {
      token: status.token,
      cert: status.clientCertificateData,
      key: status.clientKeyData,
    };
    known = { credential, until: status.expirationTimestamp ? Date.parse(status.expirationTimestamp) : Infinity };
    return credential;
  };
  return {
    async current() {
      if (known && context.clock.now() < known.until) return known.credential;
      running ??= ask().finally(() => (running = undefined));
      return running;
    },
    expire: () => void (known = undefined),
  };
}

interface ExecStatus {
  token?: string;
  clientCertificateData?: string;
  clientKeyData?: string;
  expirationTimestamp?: string;
}

function statusIn(output: string, config: ExecConfig): ExecStatus {
  let answer: { kind?: string; apiVersion?: string; status?: ExecStatus };
  try {
    answer = JSON.parse(output) as typeof answer;
  } catch {
    throw new Error(`exec: ${config.command} did not print an ExecCredential`);
  }
  if (answer.kind !== 'ExecCredential' || answer.apiVersion !== config.apiVersion)
    throw new Error(
      `exec plugin is configured to use API version ${config.apiVersion}, plugin returned version ${answer.apiVersion}`,
    );
  const { status } = answer;
  if (!status) throw new Error("exec plugin didn't return a status field");
  if (!status.token && !(status.clientCertificateData && status.clientKeyData))
    throw new Error("exec plugin didn't return a token or cert/key pair");
  return status;
}

function run(config: ExecConfig, { cluster, folder, env, clock: _clock }: ExecContext): Promise<string> {
  const spec = {
    interactive: false,
    ...(config.provideClusterInfo && {
      cluster: {
        server: cluster.server,
        ...(cluster.ca && { 'certificate-authority-data': Buffer.from(cluster.ca).toString('base64') }),
        ...(cluster.tlsServerName && { 'tls-server-name': cluster.tlsServerName }),
      },
    }),
  };
  const info = JSON.stringify({ kind: 'ExecCredential', apiVersion: config.apiVersion, spec });
  const command = config.command!.includes('/') ? resolve(folder, config.command!) : config.command!;
  const own = Object.fromEntries((config.env ?? []).map(({ name, value }) => [name, value]));
  return new Promise((settle, reject) => {
    const child = spawn(command, config.args ?? [], {
      env: { ...env, ...own, KUBERNETES_EXEC_INFO: info },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    let output = '';
    child.stdout.setEncoding('utf8').on('data', text => (output += text));
    child.once('error', error => {
      const hint = config.installHint ? `\n\n${config.installHint}` : '';
      reject(new Error(`exec: executable ${config.command} failed: ${error.message}${hint}`));
    });
    child.once('close', code => {
      if (code === 0) settle(output);
      else reject(new Error(`exec: executable ${config.command} failed with exit code ${code}`));
    });
  });
}
