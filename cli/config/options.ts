/** Where each option of a start comes from: a flag, the environment, the file, the last start, or nobody. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import type { Settings } from '@orrery/embedded/layout';
import { CliError } from '../error.ts';
import { configKind, configValues, configVersion, type ConfigValues } from './file.ts';

/** The values of the file that `--config` names; none without one. @throws CliError */
export async function readConfig(file: string | undefined, command: Command): Promise<ConfigValues> {
  if (file === undefined) return {};
  const path = resolve(file);
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new CliError(`--config: ${(error as Error).message}`, 2);
  }
  const { parseDocument } = await import('../yaml.ts');
  const document = parseDocument(text);
  const [mistake] = document.errors;
  if (mistake) throw new CliError(`${file}: ${mistake.message.split('\n')[0]!.replace(/:$/, '')}`, 2);
  return configValues(document.toJS(), command.options, path);
}

const wasGiven = (command: Command, name: string): boolean =>
  ['cli', 'env'].includes(command.getOptionValueSource(name) ?? '');

/** Flags and the environment win over the file. */
export const withConfig = <Options extends object>(
  options: Options,
  values: ConfigValues,
  command: Command,
): Options => ({
  ...options,
  ...Object.fromEntries(Object.entries(values).filter(([name]) => !wasGiven(command, name))),
});

/** Settings that are called differently on the command line. */
const optionNames: Readonly<Partial<Record<keyof Settings, string>>> = {
  nodeIP: 'nodeIp',
  podCIDRs: 'clusterCidr',
  serviceCIDRs: 'serviceCidr',
  simulatedNodes: 'simulate',
};

export interface Effective {
  readonly dataDir: string;
  readonly settings: Settings;
  readonly remembered: Partial<Settings>;
  readonly values: ConfigValues;
}

/** What counts, as a file that says the same, with where each value comes from. */
export async function printedConfig(
  { dataDir, settings, remembered, values }: Effective,
  command: Command,
): Promise<string> {
  const { Document, Scalar } = await import('../yaml.ts');
  const document = new Document({});
  const add = (name: string, value: unknown, comment?: string) => {
    const node = document.createNode(value);
    if (comment !== undefined) node.comment = ` ${comment}`;
    if (Array.isArray(value)) Object.assign(node, { flow: true });
    document.set(new Scalar(name), node);
  };
  add('apiVersion', configVersion);
  add('kind', configKind);
  const sourceOf = (name: string, isRemembered: boolean): string => {
    const source = command.getOptionValueSource(name);
    if (source === 'cli') return 'option';
    if (source === 'env') return 'environment';
    if (name in values) return 'file';
    return isRemembered ? 'last start' : 'default';
  };
  add('dataDir', dataDir, sourceOf('dataDir', false));
  for (const [setting, value] of Object.entries(settings)) {
    const name = optionNames[setting as keyof Settings] ?? setting;
    // The address of the machine is looked up at every start.
    const isRemembered = setting in remembered && setting !== 'nodeIP';
    const single = setting === 'podCIDRs' || setting === 'serviceCIDRs' ? (value as readonly string[]).join() : value;
    add(name, single, sourceOf(name, isRemembered));
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}
