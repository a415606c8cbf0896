/**
 * The forms of names: each function answers a list of problems in upstream's words (apimachinery `util/validation`), empty
 * when the value is well-formed.
 */

const label1123 = '[a-z0-9]([-a-z0-9]*[a-z0-9])?';
const subdomain1123 = `${label1123}(\\.${label1123})*`;
const label1035 = '[a-z]([-a-z0-9]*[a-z0-9])?';
const qualifiedName = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]';
const qualifiedNameRule =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

/** A rule that is one regular expression with a longest length, a sentence and examples. */
interface Form {
  readonly pattern: RegExp;
  readonly source: string;
  readonly maxLength?: number;
  readonly message: string;
  readonly examples: readonly string[];
}

const form = (source: string, message: string, examples: readonly string[], maxLength?: number): Form => ({
  pattern: new RegExp(`^(?:${source})$`),
  source,
  message,
  examples,
  maxLength,
});

/** The sentence upstream writes for a value that misses a regular expression. */
export function regexError(message: string, source: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${source}')`;
  return `${message} (e.g. ${examples.map(example => `'${example}', `).join(' or ')}regex used for validation is '${source}')`;
}

export const maxLengthError = (length: number): string => `must be no more than ${length} characters`;
export const emptyError = 'must be non-empty';
export const inclusiveRangeError = (low: number, high: number): string =>
  `must be between ${low} and ${high}, inclusive`;

const encoder = new TextEncoder();
/** Lengths are in bytes, as Go counts them. */
const tooLong = (value: string, max: number): boolean =>
  value.length > max || (value.length * 3 > max && encoder.encode(value).length > max);

function check(value: string, { pattern, source, maxLength, message, examples }: Form): string[] {
  const problems: string[] = [];
  if (maxLength !== undefined && tooLong(value, maxLength)) problems.push(maxLengthError(maxLength));
  if (!pattern.test(value)) problems.push(regexError(message, source, ...examples));
  return problems;
}

const subdomainForm = form(
  subdomain1123,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  ['example.com'],
  253,
);

const underscoredLabel = '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const underscoredForm = form(
  `${underscoredLabel}(\\.${underscoredLabel})*`,
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  ['example.com'],
  253,
);

const labelForm = form(
  label1123,
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  ['my-name', '123-abc'],
  63,
);

const label1035Form = form(
  label1035,
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  ['my-name', 'abc-123'],
  63,
);

const wildcardForm = form(
  `\\*\\.${subdomain1123}`,
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  ['*.example.com'],
  253,
);

const labelValueForm = form(
  `(${qualifiedName})?`,
  `a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character`,
  ['MyValue', 'my_value', '12345'],
  63,
);

const percentForm = form('[0-9]+%', "a valid percent string must be a numeric string followed by an ending '%'", [
  '1%',
  '93%',
]);

const headerForm = form('[-A-Za-z0-9]+', "a valid HTTP header must consist of alphanumeric characters or '-'", [
  'X-Header-Name',
]);

const environmentForm = form(
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  ['my.env-name', 'MY_ENV.NAME', 'MyEnvName1'],
);

const configKeyForm = form(
  '[-._a-zA-Z0-9]+',
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  ['key.name', 'KEY_NAME', 'key-name'],
  253,
);

/** At most 253 bytes of lower-case labels joined by dots: the names of most objects. */
export const validateDns1123Subdomain = (value: string): string[] => check(value, subdomainForm);

/** As {@link validateDns1123Subdomain}, but labels may hold underscores: domains that are searched. */
export const validateDns1123SubdomainWithUnderscore = (value: string): string[] => check(value, underscoredForm);

/** At most 63 bytes, lower-case letters, digits and dashes: namespaces, containers. */
export function validateDns1123Label(value: string): string[] {
  const problems = check(value, labelForm);
  if (!labelForm.pattern.test(value) && subdomainForm.pattern.test(value)) {
    problems[problems.length - 1] = 'must not contain dots';
  }
  return problems;
}

/** A DNS-1123 label that begins with a letter: services before v1.34's relaxed names. */
export const validateDns1035Label = (value: string): string[] => check(value, label1035Form);

/** `*.` and a subdomain: Ingress hosts. */
export const validateWildcardDns1123Subdomain = (value: string): string[] => check(value, wildcardForm);

/** A label's value: empty, or at most 63 bytes. */
export const validateLabelValue = (value: string): string[] => check(value, labelValueForm);

/** `40%`. */
export const validatePercent = (value: string): string[] => check(value, percentForm);

export const validateHttpHeaderName = (value: string): string[] => check(value, headerForm);

/** The strict form of an environment variable's name. */
export const validateEnvironmentName = (value: string): string[] => [
  ...check(value, environmentForm),
  ...directoryPrefixProblems(value),
];

/** Any printable ASCII but `=`: the form v1.34 asks of a container's variables. */
export function validateRelaxedEnvironmentName(value: string): string[] {
  if (value === '') return [`environment variable name ${emptyError}`];
  return /^[\x20-\x3c\x3e-\x7e]*$/.test(value)
    ? []
    : ["a valid environment variable name must consist only of printable ASCII characters other than '='"];
}

/** A key of a ConfigMap or a Secret. */
export const validateConfigMapKey = (value: string): string[] => [
  ...check(value, configKeyForm),
  ...directoryPrefixProblems(value),
];

function directoryPrefixProblems(value: string): string[] {
  if (value === '.') return ["must not be '.'"];
  if (value === '..') return ["must not be '..'"];
  return value.startsWith('..') ? ["must not start with '..'"] : [];
}

/** `name` or `prefix/name`: keys of labels and annotations, finalizers, condition types. */
export function validateQualifiedName(value: string): string[] {
  const parts = value.split('/');
  const rule = (): string => regexError(qualifiedNameRule, qualifiedName, 'MyName', 'my.name', '123-abc');
  if (parts.length > 2) {
    return [`a qualified name ${rule()} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`];
  }
  const problems: string[] = [];
  const name = parts.at(-1)!;
  if (parts.length === 2) {
    const prefix = parts[0]!;
    const found = prefix === '' ? [emptyError] : validateDns1123Subdomain(prefix);
    problems.push(...found.map(problem => `prefix part ${problem}`));
  }
  if (name === '') problems.push(`name part ${emptyError}`);
  else if (tooLong(name, 63)) problems.push(`name part ${maxLengthError(63)}`);
  if (!qualifiedNamePattern.test(name)) problems.push(`name part ${rule()}`);
  return problems;
}

const qualifiedNamePattern = new RegExp(`^(?:${qualifiedName})$`);

/** The IANA service name of a port: at most 15 letters, digits and dashes. */
export function validatePortName(value: string): string[] {
  const problems: string[] = [];
  if (tooLong(value, 15)) problems.push(maxLengthError(15));
  if (!/^[-a-z0-9]+$/.test(value)) {
    problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)');
  }
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)');
  if (value.includes('--')) problems.push('must not contain consecutive hyphens');
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen');
  return problems;
}

/** 1 to 65535. */
export const validatePortNumber = (value: number): string[] =>
  value >= 1 && value <= 65535 ? [] : [inclusiveRangeError(1, 65535)];

/** What may stand in a URL's path as one segment (`api/validate/path`): names of RBAC objects and custom resources' storage. */
export function validatePathSegmentName(value: string): string[] {
  if (value === '.' || value === '..') return [`may not be '${value}'`];
  return ['/', '%'].filter(letter => value.includes(letter)).map(letter => `may not contain '${letter}'`);
}
