/** `orrery up`: in the foreground the cluster itself, detached a watcher of its start. */
import { spawn } from 'node:child_process';
import { closeSync, existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { defaultSettings, type Layout, type Settings } from '@orrery/embedded/layout';
import type { Command } from 'commander';
import { CliError } from '../error.ts';
import { bold, box, dim, green } from '../output.ts';
import { hostFacts, type HostFacts } from '../host/facts.ts';
import {
  alreadyRuns,
  layoutFor,
  prepareAuditLog,
  prepareDataDir,
  readSettings,
  runningInstance,
  type RememberedSettings,
} from '../run/instance.ts';
import { openLog } from '../run/log-file.ts';
import { firstLogIn, readPassword } from '../run/first-account.ts';
import type { Report, Summary } from '../run/messages.ts';
import { checkRoom, planUpgrade, unknownVersion } from '../run/upgrade.ts';
import { versions } from '../version.ts';

export interface UpOptions {
  readonly dataDir?: string;
  readonly detach?: boolean;
  readonly config?: string;
  readonly printConfig?: boolean;
  /** False with `--no-install`. */
  readonly install: boolean;
  readonly port?: number;
  readonly bindAddress?: string;
  readonly tlsSan?: string[];
  readonly nodeName?: string;
  readonly nodeIp?: string;
  readonly kubeletPort?: number;
  readonly clusterCidr?: string;
  readonly serviceCidr?: string;
  readonly clusterDomain?: string;
  readonly simulate?: number;
  readonly platform?: boolean;
  readonly consolePort?: number;
  readonly adminPasswordFile?: string;
  /** False with `--no-audit-log`. */
  readonly auditLog?: string | false;
  readonly auditPolicyFile?: string;
  readonly auditWebhookConfigFile?: string;
  readonly authenticationConfig?: string;
  readonly authenticationTokenWebhookConfigFile?: string;
  readonly authorizationConfig?: string;
}

export async function up(options: UpOptions, command: Command): Promise<void> {
  try {
    const isPlain = options.config === undefined && !options.printConfig;
    await (isPlain ? start(options) : startByFile(options, command));
  } catch (error) {
    // Started by a detached start: the command that waits for it says what was wrong.
    const { message, exitCode = 1 } = error as { message: string; exitCode?: number };
    if (process.connected) toParent({ type: 'failed', message, exitCode });
    throw error;
  }
}

/** With what a file says, or only telling what counts. */
async function startByFile(given: UpOptions, command: Command): Promise<void> {
  const { printedConfig, readConfig, withConfig } = await import('../config/options.ts');
  const values = await readConfig(given.config, command);
  const options = withConfig(given, values, command);
  if (!options.printConfig) return start(options);
  const layout = layoutFor(options);
  const remembered = readSettings(layout);
  const settings = settingsFrom(options, remembered, hostFacts());
  process.stdout.write(await printedConfig({ dataDir: layout.root, settings, remembered, values }, command));
}

async function start(options: UpOptions): Promise<void> {
  const layout = layoutFor(options);
  const running = runningInstance(layout);
  const remembered = readSettings(layout);
  const upgrade = planUpgrade(versions.orrery, {
    root: layout.root,
    ...(running && { running: running.version }),
    ...lastVersion(remembered),
  });
  if (running && !upgrade) throw alreadyRuns(layout, running);
  if (existsSync(layout.agent.joined))
    throw new CliError(
      `this machine joined another cluster with ${layout.root}: start it with "orrery agent", or choose another place with --data-dir`,
    );
  prepareDataDir(layout);
  if (upgrade) checkRoom(layout);
  const settings = settingsFrom(options, remembered, hostFacts());
  refuseChanges(settings, remembered);
  const firstPassword = readPassword(options.adminPasswordFile);
  prepareAuditLog(settings.auditLog);
  if (options.detach) return startDetached(layout);
  const report = process.send ? toParent : toTerminal();
  const { run } = await import('../run/run.ts');
  await run({
    layout,
    settings,
    install: options.install,
    anyPort: options.port === undefined,
    anyConsolePort: options.consolePort === undefined,
    anyKubeletPort: options.kubeletPort === undefined,
    ...(firstPassword !== undefined && { firstPassword }),
    ...(upgrade && { upgrade: { ...upgrade, ...(running && { running }) } }),
    report,
  });
}

/** A directory that was started once, and does not say by which version, is of the first. */
const lastVersion = ({ nodeName, version }: Partial<RememberedSettings>): { last?: string } =>
  nodeName === undefined ? {} : { last: version ?? unknownVersion };

/** Files by name; an empty name (`--audit-policy-file ""`) forgets the one of the last start. */
const fileOptions = [
  ...(['auditPolicyFile', 'auditWebhookConfigFile', 'authenticationConfig'] as const),
  ...(['authenticationTokenWebhookConfigFile', 'authorizationConfig'] as const),
];

const filesFrom = (options: UpOptions): Partial<Settings> =>
  Object.fromEntries(
    fileOptions.flatMap(name => {
      const file = options[name];
      return file === undefined ? [] : [[name, file === '' ? '' : resolve(file)]];
    }),
  );

/** Flags win over what the last start used, and that over the defaults. */
export function settingsFrom(options: UpOptions, remembered: Partial<RememberedSettings>, facts: HostFacts): Settings {
  const flags = {
    bindAddress: options.bindAddress,
    port: options.port,
    tlsSan: options.tlsSan,
    nodeName: options.nodeName,
    nodeIP: options.nodeIp,
    kubeletPort: options.kubeletPort,
    podCIDRs: options.clusterCidr && [options.clusterCidr],
    serviceCIDRs: options.serviceCidr && [options.serviceCidr],
    clusterDomain: options.clusterDomain,
    simulatedNodes: options.simulate,
    platform: options.platform,
    consolePort: options.consolePort,
    auditLog: options.auditLog ? resolve(options.auditLog) : undefined,
    ...filesFrom(options),
  };
  const given = Object.fromEntries(Object.entries(flags).filter(([, value]) => value !== undefined));
  const { platformKnown: _known, version: _version, auditLog, ...before } = remembered;
  const records = options.auditLog === undefined && auditLog !== undefined ? { auditLog } : {};
  const fallback = { ...defaultSettings, nodeName: facts.hostname, nodeIP: facts.address };
  // The address of the machine may have changed since the last start; the ports and names may not.
  const settings: Settings = { ...fallback, ...before, ...records, nodeIP: facts.address, ...given };
  const forgotten = fileOptions.filter(name => settings[name] === '');
  return Object.fromEntries(
    Object.entries(settings).filter(([name]) => !(forgotten as string[]).includes(name)),
  ) as unknown as Settings;
}

/** Objects hold addresses of these ranges: another range would not reach them. */
export function refuseChanges(wanted: Settings, remembered: Partial<Settings>): void {
  for (const [setting, option] of [
    ['podCIDRs', '--cluster-cidr'],
    ['serviceCIDRs', '--service-cidr'],
  ] as const) {
    const before = remembered[setting]?.join();
    if (before !== undefined && before !== wanted[setting].join())
      throw new CliError(
        `this cluster was made with ${option} ${before}: leave the option out, or make another with --data-dir`,
      );
  }
}

export const toParent = (report: Report): void => void process.send?.(report);

/** Prints a line per step as it ends, and the box. */
export function toTerminal(): (report: Report) => void {
  return report => {
    if (report.type === 'step' && report.tookMs !== undefined)
      process.stdout.write(stepLine(report.name, report.tookMs, report.note));
    if (report.type === 'ready') process.stdout.write(readyBox(report.summary));
    if (report.type === 'joined') process.stdout.write(joinedBox(report.nodeName, report.server));
  };
}

export const stepLine = (name: string, tookMs: number, note = ''): string =>
  `${green('✓')} ${name.padEnd(34)} ${dim(`${tookMs.toFixed(0).padStart(6)} ms`)}${note && `  ${dim(note)}`}\n`;

export function readyBox({ url, kubeconfig, nodes, notes, console: page, firstAccount }: Summary): string {
  const lines = [
    `The cluster is ready at ${url} (${nodes}).`,
    ...(page ? [`Console ${page}`] : []),
    ...(firstAccount ? firstLogIn(firstAccount) : []),
    '',
    `export KUBECONFIG=${kubeconfig}`,
    'kubectl get nodes',
    '',
    'orrery status    what runs        orrery logs -f   what it says',
    'orrery down      stop it          orrery reset     remove it',
  ];
  return `${notes.map(note => `${bold('note')} ${note}\n`).join('')}${box(lines)}`;
}

const joinedBox = (nodeName: string, server: string): string =>
  box([
    `This machine is node ${nodeName} of the cluster at ${server}.`,
    '',
    'orrery status    what runs        orrery logs -f   what it says',
    'orrery down      stop it          orrery reset     remove it',
  ]);

/** Starts this command again without a terminal, prints its reports, and leaves when it is ready. */
export function startDetached(layout: Layout, again = process.argv.slice(2)): Promise<void> {
  const log = openLog(join(layout.logs, 'agent.log'));
  const args = [process.argv[1]!, ...again.filter(argument => argument !== '--detach' && argument !== '-d')];
  const child = spawn(process.execPath, [...process.execArgv, ...args], {
    detached: true,
    stdio: ['ignore', log, log, 'ipc'],
  });
  closeSync(log);
  const print = toTerminal();
  return new Promise((resolve, reject) => {
    let failure: CliError | undefined;
    child.on('message', (report: Report) => {
      print(report);
      if (report.type === 'failed') failure = new CliError(report.message, report.exitCode);
      if (report.type !== 'ready' && report.type !== 'joined') return;
      child.disconnect();
      child.unref();
      resolve();
    });
    child.on('error', error => reject(new CliError(`the cluster could not be started: ${error.message}`)));
    // Unlike "exit" this comes after the last message.
    child.on('close', (code, signal) =>
      reject(
        failure ??
          new CliError(
            `the cluster ended with ${signal ?? `code ${code}`} before it was ready: see ${join(layout.logs, 'agent.log')}`,
          ),
      ),
    );
  });
}
