/** Named formats, and regular expressions that find (Kubernetes' `format` and `regex` libraries). */
import { overload } from '../environment.ts';
import type { Library, Meter } from '../environment.ts';
import { ArrayList, CelError, fail, none, Opaque, Optional } from '../values.ts';
import type { Value } from '../values.ts';
import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validateLabelValue,
  validateQualifiedName,
} from '../../names.ts';
import { parseDate, parseTimestamp } from '../time.ts';
import { patternFor } from './patterns.ts';
import { parseGoUrl } from './urls.ts';

type Check = (text: string) => readonly string[];

class Format extends Opaque {
  readonly typeName = 'kubernetes.NamedFormat';
  readonly name: string;
  readonly check: Check;
  constructor(name: string, check: Check) {
    super();
    this.name = name;
    this.check = check;
  }
  same(other: Opaque): boolean {
    return other instanceof Format && other.name === this.name;
  }
  override toString(): string {
    return this.name;
  }
}

/** A name that something is added to may end in a dash. */
const prefix =
  (check: Check): Check =>
  text =>
    check(text.endsWith('-') && text.length > 1 ? `${text.slice(0, -1)}a` : text);

const unless =
  (message: string, isGood: (text: string) => boolean): Check =>
  text =>
    isGood(text) ? [] : [message];

const uuid = /^[a-f0-9]{8}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{4}-?[a-f0-9]{12}$/i;
const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

const checks: Readonly<Record<string, Check>> = {
  dns1123Label: validateDns1123Label,
  dns1123Subdomain: validateDns1123Subdomain,
  dns1035Label: validateDns1035Label,
  qualifiedName: validateQualifiedName,
  dns1123LabelPrefix: prefix(validateDns1123Label),
  dns1123SubdomainPrefix: prefix(validateDns1123Subdomain),
  dns1035LabelPrefix: prefix(validateDns1035Label),
  labelValue: validateLabelValue,
  uri: text => {
    const url = parseGoUrl(text);
    return typeof url === 'string' ? [url] : [];
  },
  uuid: unless('does not match the UUID format', text => uuid.test(text)),
  byte: unless('invalid base64', text => base64.test(text)),
  date: unless('invalid date', text => parseDate(text) !== undefined),
  datetime: unless('invalid datetime', text => parseTimestamp(text) !== undefined),
};

const all = new Map(Object.entries(checks).map(([name, check]) => [name, new Format(name, check)]));

const named: Library = [
  ...[...all].map(([name, format]) => overload(`format.${name}`, `format.${name}(): Format`, () => format)),
  overload('format-named', 'format.named(string): optional(Format)', ([name]) => {
    const format = all.get(name as string);
    return format ? new Optional(format) : none;
  }),
  overload('format-validate', 'Format.validate(string): optional(list(string))', ([format, text]) => {
    const problems = (format as Format).check(text as string);
    return problems.length === 0 ? none : new Optional(new ArrayList([...problems]));
  }),
];

function find([text, source]: readonly Value[]): Value {
  const pattern = patternFor(source as string);
  if (pattern instanceof CelError) return fail(`Illegal regex: ${pattern.message}`);
  const found = pattern.find(text as string);
  return found ? (text as string).slice(...found) : '';
}

/** A search does more for a letter than others do. */
const workPerLetter = 40;

function findAll([text, source, count]: readonly Value[], meter: Meter): Value {
  const pattern = patternFor(source as string);
  if (pattern instanceof CelError) return fail(`Illegal regex: ${pattern.message}`);
  const whole = text as string;
  const limit = count === undefined || (count as bigint) < 0n ? Infinity : Number(count as bigint);
  const matches: Value[] = [];
  let end = -1;
  for (let at = 0; at <= whole.length && matches.length < limit;) {
    const found = pattern.find(whole, at);
    if (!found) break;
    meter.work((found[1] - at + 1) * workPerLetter);
    // An empty match right behind the last one does not count.
    if (found[0] !== found[1] || found[0] !== end) matches.push(whole.slice(...found));
    end = found[1];
    at = found[0] === found[1] ? found[1] + (whole.codePointAt(found[1])! > 0xffff ? 2 : 1) : found[1];
  }
  return new ArrayList(matches);
}

const regex: Library = [
  overload('string_find_string', 'string.find(string): string', find),
  overload('string_find_all_string', 'string.findAll(string): list(string)', findAll),
  overload('string_find_all_string_int', 'string.findAll(string, int): list(string)', findAll),
];

export const formats: Library = [...named, ...regex];
