/** Options of providers as texts in a form, and what of them is sent (pure). */
import type { ProviderOption, ProviderType } from '@orrery/platform-contract/provider-types';

export type Texts = Readonly<Record<string, string>>;
type Options = Readonly<Record<string, unknown>>;

/** Names of the form's fields: a dot would say "a member of". */
export const fieldOf = ({ name }: ProviderOption): string => `option_${name.replace('.', '_')}`;

/** Where the platform's complaints about an option are to be shown. */
export const optionFields = ({ options }: ProviderType): Texts =>
  Object.fromEntries(options.map(option => [fieldOf(option), `provider.${option.name}`]));

function valueAt(options: Options, name: string): unknown {
  const [first = '', second] = name.split('.');
  const value = options[first];
  return second === undefined ? value : (value as Options | undefined)?.[second];
}

const pemOf = (base64: string): string => {
  try {
    return atob(base64);
  } catch {
    return base64;
  }
};

function textOf({ form }: ProviderOption, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (form === 'list') return Array.isArray(value) ? value.join(', ') : '';
  if (form === 'certificate') return pemOf(String(value));
  return String(value) === 'false' ? '' : String(value);
}

/** What the form begins with. Of secrets nothing is known. */
export const textsOf = ({ options: table }: ProviderType, options: Options): Texts =>
  Object.fromEntries(table.map(option => [fieldOf(option), textOf(option, valueAt(options, option.name))]));

/** A text that is no number goes as it is: the platform says what is wrong with it. */
function valueOf({ form }: ProviderOption, text: string): unknown {
  if (form === 'flag') return text === 'true';
  if (form === 'list') return text.split(/[\s,;]+/).filter(each => each !== '');
  if (form === 'certificate') return btoa(`${text.trim()}\n`);
  if (form === 'milliseconds') return /^\d+$/.test(text.trim()) ? Number(text) : text;
  return form === 'secret' ? text : text.trim();
}

/** What is different from what the form began with; what was emptied is taken off. */
export function optionsIn(type: ProviderType, texts: Texts, initial: Texts = {}): Record<string, unknown> {
  const found: Record<string, unknown> = {};
  for (const option of type.options) {
    const [text, before] = [texts[fieldOf(option)] ?? '', initial[fieldOf(option)] ?? ''];
    if (text === before) continue;
    const value = text.trim() === '' ? null : valueOf(option, text);
    const [first = '', second] = option.name.split('.');
    found[first] = second === undefined ? value : { ...(found[first] as object | undefined), [second]: value };
  }
  return found;
}

/** Whether all that there must be has been filled in; secrets that are there need not be given again. */
export const isComplete = ({ options }: ProviderType, texts: Texts, secrets: readonly string[] = []): boolean =>
  options
    .filter(({ required }) => required)
    .every(option => (texts[fieldOf(option)] ?? '').trim() !== '' || secrets.includes(option.name));
