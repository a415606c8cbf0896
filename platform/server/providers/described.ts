/** A provider's options as forms send and get them: without secrets, checked against the table of its type. Pure. */
import { StatusError } from '@orrery/machinery/status';
import { providerTypeOf, type OptionForm, type ProviderOption } from '@orrery/platform-contract/provider-types';
import { countAt, fieldsAt, fieldsOf, flagAt, textAt, textsAt, type Fields } from '../config/document.ts';
import type { ProviderFactory } from './types.ts';

/** `endpoint.authURL` is a member of a member. */
const pathOf = (name: string): readonly string[] => name.split('.');

export function valueAt(options: Fields, name: string): unknown {
  const [first = '', second] = pathOf(name);
  const [within, own] = second === undefined ? [options, first] : [fieldsAt(options, first), second];
  return Object.hasOwn(within, own) ? within[own] : undefined;
}

function withValue(options: Fields, name: string, value: unknown): Fields {
  const [first = '', second] = pathOf(name);
  return { ...options, [first]: second === undefined ? value : { ...fieldsAt(options, first), [second]: value } };
}

const optionsOf = (type: string): readonly ProviderOption[] => providerTypeOf(type)?.options ?? [];

/** What the table knows and is no secret, and the names of the secrets that there are. */
export function shownOptions(type: string, options: Fields): { options: Fields; secrets: string[] } {
  const known = optionsOf(type).filter(({ name }) => valueAt(options, name) !== undefined);
  return {
    options: known
      .filter(({ form }) => form !== 'secret')
      .reduce<Fields>((found, { name }) => withValue(found, name, valueAt(options, name)), {}),
    secrets: known.filter(({ form }) => form === 'secret').map(({ name }) => name),
  };
}

/** Each given option by its name; `null` and an empty text take it off. */
export function givenOptions(type: string, given: Fields): ReadonlyMap<string, unknown> {
  return new Map(
    optionsOf(type).flatMap(({ name }) => {
      const value = valueAt(given, name);
      return value === undefined ? [] : [[name, value === '' ? null : value] as const];
    }),
  );
}

/** Names in `given` that the type does not have. */
const strangers = (type: string, given: Fields): string[] => {
  const known = new Set(optionsOf(type).map(({ name }) => name));
  return Object.entries(given).flatMap(([name, value]) => {
    const inner = fieldsOf(value);
    const names = inner && !known.has(name) ? Object.keys(inner).map(member => `${name}.${member}`) : [name];
    return names.filter(each => !known.has(each));
  });
};

export const mergedOptions = (type: string, before: Fields, given: Fields): Fields =>
  [...givenOptions(type, given)].reduce<Fields>(
    (merged, [name, value]) => withValue(merged, name, value ?? undefined),
    before,
  );

interface Cause {
  readonly field: string;
  readonly message: string;
}

export const invalidProvider = (name: string, causes: readonly Cause[]): StatusError =>
  new StatusError(
    422,
    'Invalid',
    `identity provider "${name}" is invalid: ${causes.map(({ field, message }) => `${field}: ${message}`).join(', ')}`,
    { name, kind: 'IdentityProvider', causes: causes.map(cause => ({ ...cause })) },
  );

const isUrl = (text: string): boolean => {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '';
};

const readers: Readonly<Record<OptionForm, (options: Fields, name: string) => unknown>> = {
  text: textAt,
  url: textAt,
  secret: textAt,
  certificate: textAt,
  flag: flagAt,
  list: (options, name) =>
    Array.isArray(options[name]) && textsAt(options, name).length === options[name].length ? options[name] : undefined,
  milliseconds: countAt,
};
const forms: Readonly<Record<OptionForm, string>> = {
  text: 'a text',
  url: 'an address that begins with https:// or http://',
  secret: 'a text',
  certificate: 'certificates as PEM, in Base64',
  flag: 'true or false',
  list: 'a list of texts',
  milliseconds: 'a whole number',
};

function problemWith({ name, form, required }: ProviderOption, options: Fields): string | undefined {
  const value = valueAt(options, name) ?? undefined;
  if (value === undefined) return required ? 'is missing' : undefined;
  const read = readers[form]({ value }, 'value');
  return read === undefined || (form === 'url' && !isUrl(String(value))) ? `must be ${forms[form]}` : undefined;
}

/**
 * The options as they are to be kept. A secret was given for one place: whoever names another one gives it again, so that nobody has it sent to
 * himself. @throws StatusError 422 that names each field.
 */
export function checkedOptions(
  provider: { readonly name: string; readonly type: string; readonly create: ProviderFactory },
  before: Fields,
  given: Fields,
): Fields {
  const { name, type, create } = provider;
  const table = optionsOf(type);
  const merged = mergedOptions(type, before, given);
  const moved = table.some(option => option.place && !same(valueAt(before, option.name), valueAt(merged, option.name)));
  const cause = (field: string, message: string): Cause => ({ field: `provider.${field}`, message });
  const causes = [
    ...strangers(type, given).map(option => cause(option, 'there is no such option')),
    ...table.flatMap(option => {
      const problem = problemWith(option, merged);
      const kept = option.form === 'secret' && valueAt(before, option.name) !== undefined;
      if (problem) return [cause(option.name, problem)];
      return moved && kept && valueAt(given, option.name) === undefined
        ? [cause(option.name, 'the address is another one: give it again')]
        : [];
    }),
  ];
  if (causes.length > 0) throw invalidProvider(name, causes);
  try {
    create(merged, nobody);
  } catch (error) {
    const [, option, message] = /^the option (\S+) (.+)$/.exec((error as Error).message) ?? [];
    throw invalidProvider(name, [option ? cause(option, message!) : { field: 'provider', message: 'cannot be used' }]);
  }
  return merged;
}

const same = (left: unknown, right: unknown): boolean => (left ?? null) === (right ?? null);

/** Making a provider asks nobody anything. */
const nobody = {} as Parameters<ProviderFactory>[1];
