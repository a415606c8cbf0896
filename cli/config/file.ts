/** A cluster as one file: what `orrery up` takes as options, under the same names. Pure. */
import { InvalidArgumentError, type Option } from 'commander';
import { isAbsolute, join } from 'node:path';
import { collect } from '../arguments.ts';
import { CliError } from '../error.ts';

export const configVersion = 'config.orrery.io/v1alpha1';
export const configKind = 'ClusterConfiguration';

/** Options that are about one start, and not about the cluster. */
const apart = new Set(['config', 'printConfig', 'detach']);

export type ConfigValues = Readonly<Record<string, unknown>>;

/**
 * The values of a file, as the command line would have them.
 * @param document what the file's YAML says
 * @param options the options of the command
 * @param file its name; paths in it are seen from its folder
 * @throws CliError with a sentence per mistake, each naming its field.
 */
export function configValues(document: unknown, options: readonly Option[], file: string): ConfigValues {
  if (typeof document !== 'object' || document === null || Array.isArray(document))
    throw new CliError(`${file}: it must be an object with apiVersion, kind and options of "orrery up"`, 2);
  const { apiVersion, kind, ...fields } = document as Record<string, unknown>;
  const problems: string[] = [];
  const expect = (field: string, found: unknown, wanted: string) =>
    found === wanted || problems.push(`${field}: it must be ${wanted}`);
  expect('apiVersion', apiVersion, configVersion);
  expect('kind', kind, configKind);
  const values: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(fields)) {
    const forms = options.filter(option => option.attributeName() === name && !apart.has(name));
    try {
      values[name] = valueOf(forms, value, join(file, '..'));
    } catch (error) {
      if (!(error instanceof InvalidArgumentError)) throw error;
      problems.push(`${name}: ${error.message.charAt(0).toLowerCase()}${error.message.slice(1).replace(/\.$/, '')}`);
    }
  }
  if (problems.length > 0) throw new CliError(problems.map(problem => `${file}: ${problem}`).join('\norrery: '), 2);
  return values;
}

/** `forms` are the ways to give one option: `--platform` and `--no-platform`. */
function valueOf(forms: readonly Option[], value: unknown, folder: string): unknown {
  if (forms.length === 0)
    throw new InvalidArgumentError(
      'There is no such field: fields are the options of "orrery up", tlsSan for --tls-san.',
    );
  const taking = forms.find(option => option.required || option.optional);
  const isSwitch = taking === undefined || forms.some(option => option.negate);
  if (typeof value === 'boolean' && isSwitch && !(taking && value)) return value;
  if (!taking) throw new InvalidArgumentError('It must be true or false.');
  const isList = (taking.parseArg as unknown) === collect;
  if (Array.isArray(value) !== isList && !(isList && typeof value === 'string'))
    throw new InvalidArgumentError(isList ? 'It must be a list.' : 'It must be one value.');
  const texts = [value].flat().map(item => textOf(item));
  const isPath = /<(file|folder)>/.test(taking.flags);
  const seen = texts.map(text => (isPath && text !== '' && !isAbsolute(text) ? join(folder, text) : text));
  return seen.reduce<unknown>(
    (before, text) => (taking.parseArg ? taking.parseArg(text, before as never) : text),
    undefined,
  );
}

function textOf(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number') return String(value);
  throw new InvalidArgumentError(value === null ? 'It has no value.' : 'It must be text or a number.');
}
