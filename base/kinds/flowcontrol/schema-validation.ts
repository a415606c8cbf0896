/** Validation of FlowSchema of flowcontrol.apiserver.k8s.io/v1 (flowcontrol/validation). */
import { child, duplicate, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Label } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { internalForm } from '../internal-form.ts';
import { sameJson } from '../meta.ts';
import { label, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  FlowSchema,
  FlowcontrolV1Subject,
  NonResourcePolicyRule,
  PolicyRulesWithSubjects,
  ResourcePolicyRule,
} from '../types.data.ts';
import { mandatorySchemas } from './mandatory.data.ts';

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];
const kinds = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const;
/** The order in which upstream looks for subjects of other kinds. */
const others = {
  Group: ['ServiceAccount', 'User'],
  ServiceAccount: ['User', 'Group'],
  User: ['ServiceAccount', 'Group'],
} as const;

function validateAccount(errors: Errors, subject: FlowcontrolV1Subject, path: FieldPath): void {
  const { name = '', namespace = '' } = subject.serviceAccount!;
  if (name === '') errors.push(required(child(path, 'name')));
  else if (name !== '*') subdomain(errors, name, child(path, 'name'));
  if (namespace === '') errors.push(required(child(path, 'namespace'), 'must specify namespace for service account'));
  else label(errors, namespace, child(path, 'namespace'));
}

function validateSubject(errors: Errors, subject: FlowcontrolV1Subject, path: FieldPath): void {
  const { kind } = subject;
  if (!(kind in kinds)) return void errors.push(notSupported(child(path, 'kind'), kind, Object.keys(kinds)));
  const own = kinds[kind as keyof typeof kinds];
  const at = child(path, own);
  const given = subject[own];
  if (!given) errors.push(required(at, `${own} is required when subject kind is '${kind}'`));
  else if (own === 'serviceAccount') validateAccount(errors, subject, at);
  else if (!given.name) errors.push(required(child(at, 'name')));
  for (const other of others[kind as keyof typeof kinds]) {
    const name = kinds[other];
    if (subject[name])
      errors.push(forbidden(child(path, name), `${name} is forbidden when subject kind is not '${other}'`));
  }
}

function validateVerbs(errors: Errors, given: readonly string[], path: FieldPath): void {
  if (given.length === 0) errors.push(required(path, 'verbs must contain at least one value'));
  else if (given.includes('*')) alone(errors, given, path, 'verbs');
  else if (given.some(verb => !verbs.includes(verb))) errors.push(notSupported(path, given, verbs));
}

/** A star stands for all: nothing else beside it. */
function alone(errors: Errors, given: readonly string[], path: FieldPath, what: string): void {
  if (given.length > 1 && given.includes('*'))
    errors.push(invalid(path, given, `if '*' is present, must not specify other ${what}`));
}

const namespaceRule = "each member of this list must be '*' or a DNS-1123 label; ";

function validateResourceRule(errors: Errors, rule: ResourcePolicyRule, path: FieldPath): void {
  validateVerbs(errors, each(rule.verbs), child(path, 'verbs'));
  const groups = each(rule.apiGroups);
  if (groups.length === 0)
    errors.push(required(child(path, 'apiGroups'), 'resource rules must supply at least one api group'));
  alone(errors, groups, child(path, 'apiGroups'), 'api groups');
  const resources = each(rule.resources);
  if (resources.length === 0)
    errors.push(required(child(path, 'resources'), 'resource rules must supply at least one resource'));
  alone(errors, resources, child(path, 'resources'), 'resources');
  const namespaces = each(rule.namespaces);
  const at = child(path, 'namespaces');
  if (namespaces.length === 0 && !rule.clusterScope)
    errors.push(required(at, 'resource rules that are not cluster scoped must supply at least one namespace'));
  else if (namespaces.includes('*')) alone(errors, namespaces, at, 'namespaces');
  else
    namespaces.forEach((name, place) =>
      tell(
        errors,
        index(at, place),
        name,
        validateDns1123Label(name).map(problem => namespaceRule + problem),
      ),
    );
}

function urlProblem(url: string): string | undefined {
  if (url === '') return 'must not be empty';
  if (url === '/') return undefined;
  if (!url.startsWith('/')) return 'must start with slash';
  if (url.includes(' ')) return 'must not contain white-space';
  if (url.includes('//')) return 'must not contain double slash';
  const stars = url.split('*').length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith('/*')) ? 'wildcard can only do suffix matching' : undefined;
}

function validateUrlRule(errors: Errors, rule: NonResourcePolicyRule, path: FieldPath): void {
  validateVerbs(errors, each(rule.verbs), child(path, 'verbs'));
  const urls = each(rule.nonResourceURLs);
  const at = child(path, 'nonResourceURLs');
  if (urls.length === 0) errors.push(required(at, 'nonResourceURLs must contain at least one value'));
  else if (urls.includes('*')) alone(errors, urls, at, 'non-resource URLs');
  else
    urls.forEach((url, place) => {
      const problem = urlProblem(url);
      if (problem) errors.push(invalid(index(at, place), url, problem));
    });
}

function validateRules(errors: Errors, rules: PolicyRulesWithSubjects, path: FieldPath): void {
  const subjects = child(path, 'subjects');
  if (each(rules.subjects).length === 0) errors.push(required(subjects, 'subjects must contain at least one value'));
  each(rules.subjects).forEach((subject, at) => validateSubject(errors, subject, index(subjects, at)));
  if (each(rules.resourceRules).length + each(rules.nonResourceRules).length === 0)
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  each(rules.resourceRules).forEach((rule, at) =>
    validateResourceRule(errors, rule, index(child(path, 'resourceRules'), at)),
  );
  each(rules.nonResourceRules).forEach((rule, at) =>
    validateUrlRule(errors, rule, index(child(path, 'nonResourceRules'), at)),
  );
}

const precedenceMax = 10000;
const specType = 'flowcontrol.v1.FlowSchemaSpec';

export function validateFlowSchema({ spec, metadata }: FlowSchema): FieldError[] {
  const errors: Errors = [];
  const precedence = spec.matchingPrecedence ?? 0;
  const path = 'spec.matchingPrecedence';
  const schema = metadata.name ?? '';
  if (precedence <= 0) errors.push(invalid(path, precedence, 'must be a positive value'));
  if (precedence > precedenceMax) errors.push(invalid(path, precedence, `must not be greater than ${precedenceMax}`));
  if (precedence === 1 && schema !== 'exempt')
    errors.push(invalid(path, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  const method = spec.distinguisherMethod;
  const methods = ['ByNamespace', 'ByUser'];
  if (method && !methods.includes(method.type))
    errors.push(notSupported('spec.distinguisherMethod.type', { Type: method.type }, methods));
  const level = spec.priorityLevelConfiguration?.name;
  if (level) subdomain(errors, level, 'spec.priorityLevelConfiguration.name');
  else errors.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'));
  each(spec.rules).forEach((rules, at) => validateRules(errors, rules, index('spec.rules', at)));
  const fixed = mandatorySchemas[schema];
  if (fixed && !sameJson(internalForm(specType, spec), internalForm(specType, fixed)))
    errors.push(invalid('spec', internalForm(specType, spec), `spec of '${schema}' must equal the fixed value`));
  return errors;
}

/** Conditions of both kinds: each type once, none empty. */
export function validateConditions(conditions: readonly { type?: string }[] | undefined): FieldError[] {
  const errors: Errors = [];
  const types = each(conditions).map(({ type = '' }) => type);
  types.forEach((type, at) => {
    const path = child(index('status.conditions', at), 'type');
    if (types.indexOf(type) < at) errors.push(duplicate(path, type));
    if (type === '') errors.push(required(path, 'must not be empty'));
  });
  return errors;
}

export const validateFlowSchemaStatus = ({ status }: FlowSchema): FieldError[] =>
  validateConditions(status?.conditions);
