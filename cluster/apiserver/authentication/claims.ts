/**
 * From the claims of a token to a user: rules, mappings and expressions of one issuer (apiserver `plugin/pkg/authenticator/token/oidc`).
 * Load it when an issuer is configured: it brings the expression language with it.
 */
import type { UserInfo } from '@orrery/http';
import {
  CelError,
  adaptDynamic,
  compile,
  formatType,
  kubernetesEnvironment,
  limits,
  toJson,
  types,
} from '@orrery/machinery/cel';
import type { Program } from '@orrery/machinery/cel';
import type { ClaimOrExpression, IssuerConfig, Rule } from './structured.ts';
import { TokenError } from './tokens.ts';

export type Claims = Readonly<Record<string, unknown>>;

const anyMap = types.mapType(types.stringType, types.dynType);
const texts = types.listType(types.stringType);
const userType = types.structType(
  'kubernetes.UserInfo',
  new Map(
    Object.entries({
      username: types.stringType,
      uid: types.stringType,
      groups: texts,
      extra: types.mapType(types.stringType, texts),
    }),
  ),
);
const environments = {
  claims: kubernetesEnvironment().extend({ variables: { claims: anyMap } }),
  user: kubernetesEnvironment().extend({ variables: { user: userType } }),
};

/** @throws Error with the place of the expression */
function programOf(source: string, variable: 'claims' | 'user', at: string, results: readonly string[]): Program {
  const { program, text } = compile(source, environments[variable]);
  if (!program) throw new Error(`${at}: Invalid value: ${JSON.stringify(source)}: compilation failed: ${text}`);
  const type = formatType(program.type);
  if (type !== 'dyn' && !results.includes(type))
    throw new Error(`${at}: Invalid value: ${JSON.stringify(source)}: must evaluate to ${results.join(' or ')}`);
  return program;
}

/** @throws TokenError when the expression fails */
function run(program: Program, variable: 'claims' | 'user', value: unknown, what: string): unknown {
  const adapted = adaptDynamic(value);
  const outcome = program.run(name => (name === variable ? adapted : undefined), limits.perCallLimit);
  if (outcome.exceeded) throw new TokenError(`oidc: error evaluating ${what}: it costs too much`);
  if (outcome.value instanceof CelError)
    throw new TokenError(`oidc: error evaluating ${what}: ${outcome.value.message}`);
  const json = toJson(outcome.value);
  if ('problem' in json) throw new TokenError(`oidc: error evaluating ${what}: ${json.problem}`);
  return json.json;
}

type Check = (value: unknown) => void;

function checkOf(rule: Rule, variable: 'claims' | 'user', at: string): Check {
  const { claim, requiredValue = '', expression = '', message } = rule;
  if (claim !== undefined)
    return claims => {
      const found = (claims as Claims)[claim];
      if (found === undefined) throw new TokenError(`oidc: required claim ${claim} not present in ID token`);
      if (found !== requiredValue)
        throw new TokenError(
          `oidc: required claim ${claim} value does not match. Got = ${String(found)}, want = ${requiredValue}`,
        );
    };
  const program = programOf(expression, variable, `${at}.expression`, ['bool']);
  const what = variable === 'claims' ? 'claim validation rule' : 'user info validation rule';
  return value => {
    if (run(program, variable, value, what) === true) return;
    throw new TokenError(
      `oidc: error evaluating ${what}: ${message ?? `validation expression '${expression}' failed`}`,
    );
  };
}

const asTexts = (value: unknown, what: string): string[] => {
  if (value === undefined || value === null || value === '') return [];
  const list = Array.isArray(value) ? value : [value];
  if (list.every(each => typeof each === 'string')) return list.filter(each => each !== '');
  throw new TokenError(`oidc: ${what} must be a string or a list of strings`);
};

type Read = (claims: Claims) => unknown;

function readerOf(mapping: ClaimOrExpression | undefined, at: string, results: readonly string[]): Read | undefined {
  if (mapping?.expression) {
    const program = programOf(mapping.expression, 'claims', `${at}.expression`, results);
    return claims => run(program, 'claims', claims, `${at.split('.').at(-1)} claim expression`);
  }
  const { claim } = mapping ?? {};
  return claim ? claims => claims[claim] : undefined;
}

/** The mail address of somebody else is no name: unless it was verified, or nobody says whether. */
function checkMail({ claim }: ClaimOrExpression, claims: Claims): void {
  const verified = claims['email_verified'];
  if (claim !== 'email' || verified === undefined) return;
  if (typeof verified !== 'boolean') throw new TokenError("oidc: parse 'email_verified' claim: it is no boolean");
  if (!verified) throw new TokenError('oidc: email not verified');
}

/** @throws Error with the place of an expression that cannot be used; the result throws TokenError for claims that are not accepted */
export function userOfClaims(config: IssuerConfig, at: string): (claims: Claims) => UserInfo {
  const place = `${at}.claimMappings`;
  const claimChecks = config.claimValidationRules.map((rule, index) =>
    checkOf(rule, 'claims', `${at}.claimValidationRules[${index}]`),
  );
  const userChecks = config.userValidationRules.map((rule, index) =>
    checkOf(rule, 'user', `${at}.userValidationRules[${index}]`),
  );
  const stringOrList = ['string', 'list(string)', 'list(dyn)'];
  const username = readerOf(config.username, `${place}.username`, ['string']);
  const groups = readerOf(config.groups, `${place}.groups`, stringOrList);
  const uid = readerOf(config.uid, `${place}.uid`, ['string']);
  const extras = config.extra.map(({ key, valueExpression }, index) => ({
    key,
    program: programOf(valueExpression, 'claims', `${place}.extra[${index}].valueExpression`, stringOrList),
  }));
  return claims => {
    checkMail(config.username, claims);
    const found = username?.(claims);
    if (found === undefined) throw new TokenError(`oidc: claim not present: ${config.username.claim ?? ''}`);
    if (typeof found !== 'string' || found === '') throw new TokenError('oidc: empty username claim');
    for (const check of claimChecks) check(claims);
    const id = uid?.(claims);
    if (id !== undefined && typeof id !== 'string') throw new TokenError('oidc: the uid must be a string');
    const extra = Object.fromEntries(
      extras
        .map(
          ({ key, program }) => [key, asTexts(run(program, 'claims', claims, 'extra claim expression'), key)] as const,
        )
        .filter(([, values]) => values.length > 0),
    );
    const user: UserInfo = {
      name: `${config.username.prefix ?? ''}${found}`,
      ...(id && { uid: id }),
      groups: asTexts(groups?.(claims), 'groups').map(group => `${config.groups?.prefix ?? ''}${group}`),
      ...(Object.keys(extra).length > 0 && { extra }),
    };
    const shown = { username: user.name, uid: user.uid ?? '', groups: user.groups, extra };
    for (const check of userChecks) check(shown);
    return user;
  };
}
