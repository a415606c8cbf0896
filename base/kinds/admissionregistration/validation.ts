/** Validation of admission webhooks (admissionregistration/validation). Policies with CEL are checked where CEL is. */
import { child, duplicate, index, invalid, quote, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import {
  validateDns1035Label,
  validateDns1123Label,
  validateDns1123Subdomain,
  validatePortNumber,
} from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { labelSelector, oneOfIfSet, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../types.data.ts';

import { parseUrl } from './url.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

function star(errors: Errors, list: readonly string[], path: FieldPath, what: string): void {
  if (list.length === 0) errors.push(required(path));
  if (list.length > 1 && list.includes('*'))
    errors.push(invalid(path, list, `if '*' is present, must not specify other ${what}`));
}

function validateResources(errors: Errors, list: readonly string[], path: FieldPath): void {
  if (list.length === 0) errors.push(required(path));
  const resources = new Set<string>();
  const subresources = new Set<string>();
  // Upstream looks at the last resource without a subresource only.
  let bare = false;
  list.forEach((entry, at) => {
    const here = index(path, at);
    if (entry === '') return void errors.push(required(here));
    const slash = entry.indexOf('/');
    if (slash < 0) return void (bare = entry !== '*');
    const [resource, sub] = [entry.slice(0, slash), entry.slice(slash + 1)];
    const clash = (other: string): void => {
      errors.push(invalid(here, entry, `if '${other}' is present, must not specify ${entry}`));
    };
    if (resources.has(resource)) clash(`${resource}/*`);
    if (subresources.has(sub)) clash(`*/${sub}`);
    if (sub === '*') resources.add(resource);
    if (resource === '*') subresources.add(sub);
  });
  if (list.length > 1 && list.includes('*/*'))
    errors.push(invalid(path, list, "if '*/*' is present, must not specify other resources"));
  if (list.includes('*') && bare)
    errors.push(invalid(path, list, "if '*' is present, must not specify other resources without subresources"));
}

/** One rule: which requests it is about. */
export function validateRule(errors: Errors, rule: RuleWithOperations, path: FieldPath): void {
  const verbs = each(rule.operations) as readonly string[];
  star(errors, verbs, child(path, 'operations'), 'operations');
  verbs.forEach((verb, at) => oneOfIfSet(errors, verb, operations, index(child(path, 'operations'), at)));
  star(errors, each(rule.apiGroups), child(path, 'apiGroups'), 'API groups');
  const versions = each(rule.apiVersions);
  star(errors, versions, child(path, 'apiVersions'), 'API versions');
  versions.forEach((version, at) => {
    if (version === '') errors.push(required(index(child(path, 'apiVersions'), at)));
  });
  validateResources(errors, each(rule.resources), child(path, 'resources'));
  oneOfIfSet(errors, rule.scope, ['*', 'Cluster', 'Namespaced'], child(path, 'scope'));
}

function validateUrl(errors: Errors, text: string, path: FieldPath): void {
  const form = 'desired format: https://host[/path]';
  const url = parseUrl(text);
  if ('problem' in url)
    return void errors.push(required(path, `url must be a valid URL: parse ${quote(text)}: ${url.problem}; ${form}`));
  if (url.scheme !== 'https') errors.push(invalid(path, url.scheme, `'https' is the only allowed URL scheme; ${form}`));
  if (url.host === '') errors.push(invalid(path, url.host, `host must be specified; ${form}`));
  if (url.user !== undefined) errors.push(invalid(path, url.user, 'user information is not permitted in the URL'));
  if (url.fragment !== '') errors.push(invalid(path, url.fragment, 'fragments are not permitted in the URL'));
  if (url.query !== '') errors.push(invalid(path, url.query, 'query parameters are not permitted in the URL'));
}

function validateServicePath(errors: Errors, value: string, path: FieldPath): void {
  if (value === '' || value === '/') return;
  if (value === '//') return void errors.push(invalid(path, value, 'segment[0] may not be empty'));
  if (!value.startsWith('/')) errors.push(invalid(path, value, "must start with a '/'"));
  const segments = value.slice(1).replace(/\/$/, '').split('/');
  segments.forEach((segment, at) => {
    const problems =
      segment === '' ? [' may not be empty'] : validateDns1123Subdomain(segment).map(text => `: ${text}`);
    for (const problem of problems) errors.push(invalid(path, value, `segment[${at}]${problem}`));
  });
}

/** The service of a webhook. Upstream looks for the name where the namespace is, and the other way round. */
export function validateService(
  errors: Errors,
  service: NonNullable<WebhookClientConfig['service']>,
  path: FieldPath,
): void {
  if (!service.namespace) errors.push(required(child(path, 'name')));
  if (!service.name) errors.push(required(child(path, 'namespace')));
  const port = service.port ?? 443;
  for (const problem of validatePortNumber(port))
    errors.push(invalid(child(path, 'port'), port, `port is not valid: ${problem}`));
  if (service.path !== undefined) validateServicePath(errors, service.path, child(path, 'path'));
}

/** Exactly one of a URL and a service. */
export function validateClientConfig(errors: Errors, config: WebhookClientConfig | undefined, path: FieldPath): void {
  const { url, service } = config ?? {};
  if ((url === undefined) === (service === undefined))
    errors.push(required(path, 'exactly one of url or service is required'));
  else if (url !== undefined) validateUrl(errors, url, child(path, 'url'));
  else if (service) validateService(errors, service, child(path, 'service'));
}

/** A name of at least three labels. */
function fullName(errors: Errors, name: string, path: FieldPath): void {
  if (name === '') return void errors.push(required(path));
  const problems = validateDns1123Subdomain(name);
  if (problems.length > 0) return void errors.push(invalid(path, name, problems.join(',')));
  const labels = name.split('.');
  if (labels.length < 3)
    return void errors.push(invalid(path, name, 'should be a domain with at least three segments separated by dots'));
  for (const part of labels) {
    const found = validateDns1123Label(part);
    if (found.length > 0) errors.push(invalid(path, part, found.join(',')));
  }
}

/** What an older configuration may keep. */
interface Tolerated {
  readonly sideEffects: boolean;
  readonly versions: boolean;
  readonly names: boolean;
}

const strict: Tolerated = { sideEffects: false, versions: false, names: false };
const harmless = ['None', 'NoneOnDryRun'];
const recognized = ['v1', 'v1beta1'];

function validateWebhook(errors: Errors, hook: MutatingWebhook, path: FieldPath, kept: Tolerated): void {
  fullName(errors, hook.name ?? '', child(path, 'name'));
  each(hook.rules).forEach((rule, at) => validateRule(errors, rule, index(child(path, 'rules'), at)));
  oneOfIfSet(errors, hook.failurePolicy, ['Fail', 'Ignore'], child(path, 'failurePolicy'));
  oneOfIfSet(errors, hook.matchPolicy, ['Equivalent', 'Exact'], child(path, 'matchPolicy'));
  const effects = kept.sideEffects ? [...harmless, 'Some', 'Unknown'] : harmless;
  const { sideEffects } = hook;
  if (sideEffects === undefined || sideEffects === null)
    errors.push(required(child(path, 'sideEffects'), `must specify one of ${effects.join(', ')}`));
  else oneOfIfSet(errors, sideEffects, effects, child(path, 'sideEffects'));
  const timeout = hook.timeoutSeconds;
  if (timeout !== undefined && (timeout < 1 || timeout > 30))
    errors.push(invalid(child(path, 'timeoutSeconds'), timeout, 'the timeout value must be between 1 and 30 seconds'));
  labelSelector(errors, hook.namespaceSelector, child(path, 'namespaceSelector'));
  labelSelector(errors, hook.objectSelector, child(path, 'objectSelector'));
  oneOfIfSet(errors, hook.reinvocationPolicy, ['IfNeeded', 'Never'], child(path, 'reinvocationPolicy'));
  validateClientConfig(errors, hook.clientConfig, child(path, 'clientConfig'));
  validateReviewVersions(errors, each(hook.admissionReviewVersions), child(path, 'admissionReviewVersions'), kept);
}

function validateReviewVersions(errors: Errors, versions: readonly string[], path: FieldPath, kept: Tolerated): void {
  if (versions.length === 0) return void errors.push(required(path, `must specify one of ${recognized.join(', ')}`));
  versions.forEach((version, at) => {
    if (versions.indexOf(version) < at) errors.push(invalid(index(path, at), version, 'duplicate version'));
    else tell(errors, index(path, at), version, validateDns1035Label(version));
  });
  if (!kept.versions && !versions.some(version => recognized.includes(version)))
    errors.push(invalid(path, versions, `must include at least one of ${recognized.join(', ')}`));
}

type Configuration = ValidatingWebhookConfiguration | MutatingWebhookConfiguration;

const hooksOf = ({ webhooks }: Configuration): readonly MutatingWebhook[] =>
  each(webhooks as readonly MutatingWebhook[]);

function validate(configuration: Configuration, kept: Tolerated): FieldError[] {
  const errors: Errors = [];
  const names = new Set<string>();
  hooksOf(configuration).forEach((hook, at) => {
    const path = index('webhooks', at);
    validateWebhook(errors, hook, path, kept);
    if (!kept.names && hook.name && names.has(hook.name)) errors.push(duplicate(child(path, 'name'), hook.name));
    names.add(hook.name);
  });
  return errors;
}

export const validateWebhooks = (configuration: Configuration): FieldError[] => validate(configuration, strict);

/** What was stored before a rule was made stays. */
export function validateWebhooksUpdate(now: Configuration, old: Configuration): FieldError[] {
  const hooks = hooksOf(old);
  const names = hooks.map(({ name }) => name);
  return validate(now, {
    sideEffects: hooks.some(({ sideEffects }) => !harmless.includes(sideEffects ?? '')),
    versions: hooks.some(({ admissionReviewVersions: versions }) => {
      const given = each(versions);
      return given.length > 0 && !given.some(version => recognized.includes(version));
    }),
    names: new Set(names).size < names.length,
  });
}
