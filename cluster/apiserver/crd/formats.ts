/** The formats of strings that are checked (kube-openapi `strfmt`, as the API server supports them). Others are accepted. */
import { parseCidr, parseIp } from '@orrery/kinds/rules';
import { parseDuration } from '@orrery/machinery/duration';

const test =
  (pattern: RegExp) =>
  (text: string): boolean =>
    pattern.test(text);

const hex = '[0-9a-fA-F]';
const uuid = (version: string, variant = hex): ((text: string) => boolean) =>
  test(new RegExp(`^${hex}{8}-?${hex}{4}-?${version}${hex}{3}-?${variant}${hex}{3}-?${hex}{12}$`));

const dateText = /^(\d{4})-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

function isDate(text: string): boolean {
  const found = dateText.exec(text);
  if (!found) return false;
  const [year, month, day] = [Number(found[1]), Number(found[2]), Number(found[3])];
  return day <= new Date(Date.UTC(2000 + (year % 400), month, 0)).getUTCDate();
}

const timeText = /^([01]\d|2[0-3]):([0-5]\d):([0-5]\d|60)(\.\d+)?(z|([+-]\d\d:\d\d))$/i;

function isDateTime(text: string): boolean {
  if (text.length < 4) return false;
  const [day, time, ...more] = text.toLowerCase().split('t');
  return more.length === 0 && isDate(day!) && time !== undefined && timeText.test(time);
}

/** Go's durations, and numbers with a word: `3 days`. */
function isDuration(text: string): boolean {
  try {
    parseDuration(text);
    return true;
  } catch {
    return /^\d+\s*(?:ns|nanos?|us|µs|micros?|ms|millis?|s|secs?|seconds?|m|mins?|minutes?|h|hrs?|hours?|d|days?|w|weeks?)$/i.test(
      text.trim(),
    );
  }
}

const base64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

function isUri(text: string): boolean {
  return text.startsWith('/') || URL.canParse(text);
}

function isCreditCard(text: string): boolean {
  const digits = text.replace(/[ -]/g, '');
  if (!/^\d{13,16}$/.test(digits)) return false;
  const sum = [...digits].reverse().reduce((total, digit, at) => {
    const value = Number(digit) * (at % 2 === 1 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

function isIsbn(text: string, length: 10 | 13): boolean {
  const digits = text.replace(/[\s-]+/g, '');
  if (length === 13) {
    if (!/^\d{13}$/.test(digits)) return false;
    return [...digits].reduce((sum, digit, at) => sum + Number(digit) * (at % 2 ? 3 : 1), 0) % 10 === 0;
  }
  if (!/^\d{9}[\dX]$/.test(digits)) return false;
  return [...digits].reduce((sum, digit, at) => sum + (digit === 'X' ? 10 : Number(digit)) * (10 - at), 0) % 11 === 0;
}

function isRgb(text: string): boolean {
  const found = /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.exec(text);
  return found !== null && found.slice(1).every(part => Number(part) <= 255);
}

const labelText = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/;

/** By name without dashes. */
const checks: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: test(/^[0-9a-fA-F]{24}$/),
  uri: isUri,
  email: test(/^[^\s@<>"(),:;[\]\\]+@[^\s@<>"(),:;[\]\\]+$/),
  hostname: text =>
    text.length <= 255 && text.split('.').every(part => /^[A-Za-z0-9](?:[-A-Za-z0-9]{0,61}[A-Za-z0-9])?$/.test(part)),
  ipv4: text => parseIp(text)?.length === 4,
  ipv6: text => parseIp(text)?.length === 16,
  cidr: text => parseCidr(text) !== undefined,
  mac: test(/^(?:[0-9a-fA-F]{2}([:-]))(?:[0-9a-fA-F]{2}\1){4}[0-9a-fA-F]{2}$|^(?:[0-9a-fA-F]{4}\.){2}[0-9a-fA-F]{4}$/),
  uuid: uuid(hex),
  uuid3: uuid('3'),
  uuid4: uuid('4', '[89abAB]'),
  uuid5: uuid('5', '[89abAB]'),
  isbn: text => isIsbn(text, 10) || isIsbn(text, 13),
  isbn10: text => isIsbn(text, 10),
  isbn13: text => isIsbn(text, 13),
  creditcard: isCreditCard,
  ssn: test(/^\d{3}[- ]?\d{2}[- ]?\d{4}$/),
  hexcolor: test(/^#?(?:[0-9a-fA-F]{3}|[0-9a-fA-F]{6})$/),
  rgbcolor: isRgb,
  byte: text => base64.test(text),
  password: () => true,
  date: isDate,
  duration: isDuration,
  datetime: isDateTime,
  k8sshortname: text => text.length <= 63 && labelText.test(text),
  k8slongname: text => text.length <= 253 && text.split('.').every(part => labelText.test(part)),
};

/** Whether the text is of the format; true for formats that nobody checks. */
export function isOfFormat(text: string, format: string): boolean {
  const name = format.replaceAll('-', '');
  return Object.hasOwn(checks, name) ? checks[name]!(text) : true;
}
