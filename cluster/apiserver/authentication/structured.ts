/** Reads an `apiserver.config.k8s.io` AuthenticationConfiguration: which issuers are believed, and who their tokens stand for. Pure. */
import { ConfigReader } from '../chain/config-reader.ts';

export interface ClaimOrExpression {
  readonly claim?: string;
  readonly prefix?: string;
  readonly expression?: string;
}

export interface Rule {
  readonly claim?: string;
  readonly requiredValue?: string;
  readonly expression?: string;
  readonly message?: string;
}

export interface IssuerConfig {
  readonly url: string;
  readonly discoveryURL?: string;
  /** PEM. */
  readonly certificateAuthority?: string;
  readonly audiences: readonly string[];
  readonly claimValidationRules: readonly Rule[];
  readonly username: ClaimOrExpression;
  readonly groups?: ClaimOrExpression;
  readonly uid?: ClaimOrExpression;
  readonly extra: readonly { readonly key: string; readonly valueExpression: string }[];
  readonly userValidationRules: readonly Rule[];
}

export interface AnonymousConfig {
  readonly enabled: boolean;
  /** Only these paths; all when there are none. */
  readonly paths?: readonly string[];
}

export interface AuthenticationConfig {
  readonly issuers: readonly IssuerConfig[];
  readonly anonymous?: AnonymousConfig;
}

const present = <T extends object>(fields: T): T =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as T;

function checkUrl(reader: ConfigReader, url: string | undefined, at: string): void {
  if (!url) return reader.required(at, at.endsWith('.url') ? 'URL is required' : '');
  if (!URL.canParse(url)) return reader.invalid(at, url, 'must be a URL');
  const { protocol, username, password, search, hash } = new URL(url);
  if (protocol !== 'https:') reader.invalid(at, url, 'URL scheme must be https');
  if (username || password) reader.invalid(at, url, 'URL must not contain a username or password');
  if (search) reader.invalid(at, url, 'URL must not contain a query');
  if (hash) reader.invalid(at, url, 'URL must not contain a fragment');
}

function mappingOf(reader: ConfigReader, value: unknown, at: string, hasPrefix: boolean): ClaimOrExpression {
  const fields = reader.object(value, at, ['claim', 'expression', ...(hasPrefix ? ['prefix'] : [])]);
  const claim = reader.text(fields['claim'], `${at}.claim`) || undefined;
  const expression = reader.text(fields['expression'], `${at}.expression`) || undefined;
  const prefix = reader.text(fields['prefix'], `${at}.prefix`);
  if (claim && expression) reader.invalid(at, '', "expression and claim can't both be set");
  if (hasPrefix && claim && prefix === undefined)
    reader.required(
      `${at}.prefix`,
      'prefix is required when claim is set. It can be set to an empty string to disable prefixing',
    );
  if (expression && prefix !== undefined)
    reader.invalid(`${at}.prefix`, prefix, "prefix can't be set when expression is set");
  return present({ claim, expression, prefix });
}

function rulesOf(reader: ConfigReader, value: unknown, at: string, withClaims: boolean): Rule[] {
  const seen = new Set<string>();
  return (reader.list(value, at) ?? []).map((each, index) => {
    const place = `${at}[${index}]`;
    const fields = reader.object(each, place, [
      'expression',
      'message',
      ...(withClaims ? ['claim', 'requiredValue'] : []),
    ]);
    const text = (name: string) => reader.text(fields[name], `${place}.${name}`) || undefined;
    const rule = present({
      claim: text('claim'),
      requiredValue: text('requiredValue'),
      expression: text('expression'),
      message: text('message'),
    });
    if (rule.claim && rule.expression) reader.invalid(place, rule.expression, "expression and claim can't both be set");
    if (!rule.claim && !rule.expression)
      reader.required(place, withClaims ? 'claim or expression is required' : 'expression is required');
    if (rule.claim && rule.message)
      reader.invalid(`${place}.message`, rule.message, "message can't be set when claim is set");
    const key = rule.claim ?? rule.expression;
    if (key !== undefined && seen.has(key)) reader.duplicate(`${place}.${rule.claim ? 'claim' : 'expression'}`, key);
    if (key !== undefined) seen.add(key);
    return rule;
  });
}

function extraOf(reader: ConfigReader, value: unknown, at: string): IssuerConfig['extra'] {
  return (reader.list(value, at) ?? []).map((each, index) => {
    const place = `${at}[${index}]`;
    const fields = reader.object(each, place, ['key', 'valueExpression']);
    const key = reader.text(fields['key'], `${place}.key`) ?? '';
    const valueExpression = reader.text(fields['valueExpression'], `${place}.valueExpression`) ?? '';
    if (!key) reader.required(`${place}.key`);
    else if (!/^[^/]+\.[^/]+\/.+$/.test(key))
      reader.invalid(`${place}.key`, key, 'must be a domain-prefixed path (such as "acme.io/foo")');
    else if (key !== key.toLowerCase()) reader.invalid(`${place}.key`, key, 'must be lowercase');
    else if (/(^|\.)(k8s|kubernetes)\.io\//.test(key))
      reader.invalid(`${place}.key`, key, 'k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use');
    if (!valueExpression) reader.required(`${place}.valueExpression`, 'valueExpression is required');
    return { key, valueExpression };
  });
}

function issuerOf(reader: ConfigReader, value: unknown, at: string): IssuerConfig {
  const jwt = reader.object(value, at, ['issuer', 'claimValidationRules', 'claimMappings', 'userValidationRules']);
  const place = `${at}.issuer`;
  const issuer = reader.object(jwt['issuer'], place, [
    ...['url', 'discoveryURL', 'certificateAuthority', 'audiences', 'audienceMatchPolicy'],
  ]);
  const text = (name: string) => reader.text(issuer[name], `${place}.${name}`) || undefined;
  const url = text('url');
  checkUrl(reader, url, `${place}.url`);
  const discoveryURL = text('discoveryURL');
  if (discoveryURL !== undefined) checkUrl(reader, discoveryURL, `${place}.discoveryURL`);
  if (discoveryURL !== undefined && discoveryURL.replace(/\/$/, '') === url?.replace(/\/$/, ''))
    reader.invalid(`${place}.discoveryURL`, discoveryURL, 'discoveryURL must be different from URL');
  const audiences = reader.texts(issuer['audiences'], `${place}.audiences`) ?? [];
  if (audiences.length === 0) reader.required(`${place}.audiences`, 'at least one jwt[*].issuer.audiences is required');
  for (const [index, audience] of audiences.entries())
    if (audience === '') reader.required(`${place}.audiences[${index}]`, "audience can't be empty");
    else if (audiences.indexOf(audience) !== index) reader.duplicate(`${place}.audiences[${index}]`, audience);
  const policy = text('audienceMatchPolicy');
  if (audiences.length > 1 && policy !== 'MatchAny')
    reader.invalid(
      `${place}.audienceMatchPolicy`,
      policy ?? '',
      'audienceMatchPolicy must be MatchAny for multiple audiences',
    );
  if (audiences.length === 1 && policy !== undefined && policy !== 'MatchAny')
    reader.invalid(
      `${place}.audienceMatchPolicy`,
      policy,
      'audienceMatchPolicy must be empty or MatchAny for single audience',
    );
  const certificateAuthority = text('certificateAuthority');
  if (certificateAuthority !== undefined && !certificateAuthority.includes('-----BEGIN CERTIFICATE-----'))
    reader.invalid(`${place}.certificateAuthority`, '<omitted>', 'must be PEM certificates');
  const mappings = reader.object(jwt['claimMappings'], `${at}.claimMappings`, ['username', 'groups', 'uid', 'extra']);
  const mapping = (name: string, hasPrefix: boolean) =>
    mappings[name] === undefined
      ? undefined
      : mappingOf(reader, mappings[name], `${at}.claimMappings.${name}`, hasPrefix);
  const username = mapping('username', true) ?? {};
  if (!username.claim && !username.expression)
    reader.required(`${at}.claimMappings.username`, 'claim or expression is required');
  const extra = extraOf(reader, mappings['extra'], `${at}.claimMappings.extra`);
  const claimValidationRules = rulesOf(reader, jwt['claimValidationRules'], `${at}.claimValidationRules`, true);
  const mentioned = [
    username.expression,
    ...claimValidationRules.map(rule => rule.expression),
    ...extra.map(each => each.valueExpression),
  ];
  if (
    username.expression &&
    /claims\.email\b/.test(username.expression) &&
    !mentioned.some(each => each?.includes('claims.email_verified'))
  )
    reader.invalid(
      `${at}.claimMappings.username.expression`,
      username.expression,
      'claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
    );
  return present({
    ...{ url: url ?? '', discoveryURL, certificateAuthority, audiences, claimValidationRules, username, extra },
    groups: mapping('groups', true),
    uid: mapping('uid', false),
    userValidationRules: rulesOf(reader, jwt['userValidationRules'], `${at}.userValidationRules`, false),
  });
}

function anonymousOf(reader: ConfigReader, value: unknown): AnonymousConfig | undefined {
  if (value === undefined || value === null) return undefined;
  const fields = reader.object(value, 'anonymous', ['enabled', 'conditions']);
  const enabled = reader.truth(fields['enabled'], 'anonymous.enabled') ?? false;
  const paths = reader.list(fields['conditions'], 'anonymous.conditions')?.map((each, index) => {
    const at = `anonymous.conditions[${index}]`;
    return reader.text(reader.object(each, at, ['path'])['path'], `${at}.path`) ?? '';
  });
  if (!enabled && paths?.length)
    reader.invalid('anonymous.conditions', paths, 'enabled should be set to true when conditions are defined');
  return { enabled, ...(paths?.length && { paths }) };
}

/** @throws Error naming every mistake, upstream's way */
export function authenticationConfigOf(value: unknown): AuthenticationConfig {
  const reader = new ConfigReader();
  const versions = ['v1', 'v1beta1', 'v1alpha1'];
  const kind = 'AuthenticationConfiguration';
  const document = reader.document(value, { group: 'apiserver.config.k8s.io', versions, kind }, ['jwt', 'anonymous']);
  const issuers = (reader.list(document['jwt'], 'jwt') ?? []).map((each, index) =>
    issuerOf(reader, each, `jwt[${index}]`),
  );
  const seen = new Set<string>();
  for (const [index, { url }] of issuers.entries()) {
    if (seen.has(url)) reader.duplicate(`jwt[${index}].issuer.url`, url);
    seen.add(url);
  }
  if (issuers.length > 64) reader.invalid('jwt', issuers.length, 'must have at most 64 items');
  const anonymous = anonymousOf(reader, document['anonymous']);
  reader.finish();
  return { issuers, ...(anonymous && { anonymous }) };
}
