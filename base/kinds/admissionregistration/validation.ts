/** Validation of admission webhooks (admissionregistration/validation). Policies with CEL are checked where CEL is. */
import { child, duplicate, index, invalid, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Label, validateDns1123Subdomain } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { labelSelector, oneOfIfSet, portNumber, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  MutatingWebhook,
  MutatingWebhookConfiguration,
  RuleWithOperations,
  ValidatingWebhookConfiguration,
  WebhookClientConfig,
} from '../types.data.ts';

const operations = ['*', 'CONNECT', 'CREATE', 'DELETE', 'UPDATE'];

function needs(errors: Errors, list: readonly string[], path: FieldPath): boolean {
  if (list.length === 0) errors.push(required(path));
  list.forEach((entry, at) => {
    if (entry === '' && !path.endsWith('apiGroups')) errors.push(required(index(path, at)));
  });
  return list.length > 1;
}

function validateResources(errors: Errors, list: readonly string[], path: FieldPath): void {
  if (needs(errors, list, path) && list.includes('*/*')) {
    return void errors.push(invalid(path, list, "if '*/*' is present, must not specify other resources"));
  }
  list.forEach((entry, at) => {
    const [resource = '', subresource] = entry.split('/');
    if (subresource !== undefined && subresource !== '*' && list.includes(`${resource}/*`)) {
      errors.push(invalid(index(path, at), entry, `if '${resource}/*' is present, must not specify ${entry}`));
    }
  });
}

/** One rule: which requests it is about. */
export function validateRule(errors: Errors, rule: RuleWithOperations, path: FieldPath): void {
  const verbs = each(rule.operations) as readonly string[];
  if (verbs.length === 0) errors.push(required(child(path, 'operations')));
  if (verbs.length > 1 && verbs.includes('*'))
    errors.push(invalid(child(path, 'operations'), verbs, "if '*' is present, must not specify other operations"));
  verbs.forEach((verb, at) => oneOfIfSet(errors, verb, operations, index(child(path, 'operations'), at)));
  const groups = each(rule.apiGroups);
  if (needs(errors, groups, child(path, 'apiGroups')) && groups.includes('*')) {
    errors.push(invalid(child(path, 'apiGroups'), groups, "if '*' is present, must not specify other API groups"));
  }
  const versions = each(rule.apiVersions);
  if (needs(errors, versions, child(path, 'apiVersions')) && versions.includes('*')) {
    errors.push(
      invalid(child(path, 'apiVersions'), versions, "if '*' is present, must not specify other API versions"),
    );
  }
  validateResources(errors, each(rule.resources), child(path, 'resources'));
  oneOfIfSet(errors, rule.scope, ['*', 'Cluster', 'Namespaced'], child(path, 'scope'));
}

function validateUrl(errors: Errors, text: string, path: FieldPath): void {
  const form = 'desired format: https://host[/path]';
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return void errors.push(
      required(path, `url must be a valid URL: parse "${text}": invalid URI for request; ${form}`),
    );
  }
  if (url.protocol !== 'https:')
    errors.push(invalid(path, url.protocol.slice(0, -1), `'https' is the only allowed URL scheme; ${form}`));
  if (url.host === '') errors.push(invalid(path, url.host, `host must be specified; ${form}`));
  if (url.username || url.password)
    errors.push(invalid(path, url.username, 'user information is not permitted in the URL'));
  if (url.hash) errors.push(invalid(path, url.hash.slice(1), 'fragments are not permitted in the URL'));
  if (url.search) errors.push(invalid(path, url.search.slice(1), 'query parameters are not permitted in the URL'));
}

function validateServicePath(errors: Errors, value: string, path: FieldPath): void {
  if (value === '/') return;
  if (!value.startsWith('/')) errors.push(invalid(path, value, "must start with a '/'"));
  const segments = value.slice(1).replace(/\/$/, '').split('/');
  segments.forEach((segment, at) => {
    if (segment === '') errors.push(invalid(path, value, `segment[${at}] may not be empty`));
    else
      tell(
        errors,
        path,
        value,
        validateDns1123Subdomain(segment).map(problem => `segment[${at}]: ${problem}`),
      );
  });
}

/** Exactly one of a URL and a service. */
export function validateClientConfig(errors: Errors, config: WebhookClientConfig | undefined, path: FieldPath): void {
  const { url, service } = config ?? {};
  if ((url === undefined) === (service === undefined))
    errors.push(required(path, 'exactly one of url or service is required'));
  else if (url !== undefined) validateUrl(errors, url, child(path, 'url'));
  else if (service) {
    const at = child(path, 'service');
    if (!service.name) errors.push(required(child(at, 'name')));
    if (!service.namespace) errors.push(required(child(at, 'namespace')));
    const found: Errors = [];
    portNumber(found, service.port ?? 443, child(at, 'port'));
    if (found.length > 0)
      errors.push(
        invalid(child(at, 'port'), service.port, 'port is not valid: must be between 1 and 65535, inclusive'),
      );
    if (service.path !== undefined) validateServicePath(errors, service.path, child(at, 'path'));
  }
}

function validateWebhook(errors: Errors, hook: MutatingWebhook, path: FieldPath): void {
  const name = hook.name ?? '';
  const problems = validateDns1123Subdomain(name);
  if (name === '') errors.push(required(child(path, 'name')));
  tell(errors, child(path, 'name'), name, name === '' ? [] : problems);
  if (problems.length === 0 && name.split('.').length < 3) {
    errors.push(
      invalid(child(path, 'name'), name, 'should be a domain with at least three segments separated by dots'),
    );
  }
  labelSelector(errors, hook.namespaceSelector, child(path, 'namespaceSelector'));
  labelSelector(errors, hook.objectSelector, child(path, 'objectSelector'));
  each(hook.rules).forEach((rule, at) => validateRule(errors, rule, index(child(path, 'rules'), at)));
  oneOfIfSet(errors, hook.failurePolicy, ['Fail', 'Ignore'], child(path, 'failurePolicy'));
  oneOfIfSet(errors, hook.matchPolicy, ['Equivalent', 'Exact'], child(path, 'matchPolicy'));
  if (!hook.sideEffects) errors.push(required(child(path, 'sideEffects'), 'must specify one of None, NoneOnDryRun'));
  else oneOfIfSet(errors, hook.sideEffects, ['None', 'NoneOnDryRun'], child(path, 'sideEffects'));
  const timeout = hook.timeoutSeconds;
  if (timeout !== undefined && (timeout < 1 || timeout > 30))
    errors.push(invalid(child(path, 'timeoutSeconds'), timeout, 'the timeout value must be between 1 and 30 seconds'));
  validateClientConfig(errors, hook.clientConfig, child(path, 'clientConfig'));
  validateReviewVersions(errors, each(hook.admissionReviewVersions), child(path, 'admissionReviewVersions'));
}

function validateReviewVersions(errors: Errors, versions: readonly string[], path: FieldPath): void {
  if (versions.length === 0) return void errors.push(required(path, 'must specify one of v1, v1beta1'));
  versions.forEach((version, at) => {
    if (versions.indexOf(version) < at) errors.push(invalid(index(path, at), version, 'duplicate version'));
    tell(errors, index(path, at), version, validateDns1123Label(version));
  });
  if (!versions.includes('v1') && !versions.includes('v1beta1'))
    errors.push(invalid(path, versions, 'must include at least one of v1, v1beta1'));
}

export function validateWebhooks({
  webhooks,
}: ValidatingWebhookConfiguration | MutatingWebhookConfiguration): FieldError[] {
  const errors: Errors = [];
  const names = new Set<string>();
  each(webhooks as readonly MutatingWebhook[]).forEach((hook, at) => {
    const path = index('webhooks', at);
    validateWebhook(errors, hook, path);
    oneOfIfSet(errors, hook.reinvocationPolicy, ['IfNeeded', 'Never'], child(path, 'reinvocationPolicy'));
    if (names.has(hook.name)) errors.push(duplicate(child(path, 'name'), hook.name));
    names.add(hook.name);
  });
  return errors;
}
