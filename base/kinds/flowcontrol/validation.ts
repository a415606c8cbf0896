/** Validation of flowcontrol.apiserver.k8s.io/v1 (flowcontrol/validation). */
import { child, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { oneOfIfSet, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  FlowSchema,
  LimitedPriorityLevelConfiguration,
  PolicyRulesWithSubjects,
  PriorityLevelConfiguration,
} from '../types.data.ts';

function percent(errors: Errors, value: number | undefined, path: FieldPath): void {
  if (value !== undefined && (value < 0 || value > 100))
    errors.push(invalid(path, value, 'must be between 0 and 100, inclusive'));
}

const nonNegativeShares = 'must be a non-negative integer';

function validateLimited(errors: Errors, limited: LimitedPriorityLevelConfiguration, path: FieldPath): void {
  const { nominalConcurrencyShares: shares, limitResponse, lendablePercent, borrowingLimitPercent } = limited;
  if (shares !== undefined && shares < 0)
    errors.push(invalid(child(path, 'nominalConcurrencyShares'), shares, nonNegativeShares));
  const at = child(path, 'limitResponse');
  const { type, queuing } = limitResponse ?? {};
  if (type === 'Reject') {
    if (queuing)
      errors.push(forbidden(child(at, 'queuing'), 'must be nil if limited.limitResponse.type is not Limited'));
  } else if (type === 'Queue') {
    if (!queuing)
      errors.push(required(child(at, 'queuing'), 'must not be empty if limited.limitResponse.type is Limited'));
    else validateQueues(errors, queuing, child(at, 'queuing'));
  } else errors.push(notSupported(child(at, 'type'), type ?? '', ['Queue', 'Reject']));
  percent(errors, lendablePercent, child(path, 'lendablePercent'));
  if (borrowingLimitPercent !== undefined && borrowingLimitPercent < 0) {
    errors.push(
      invalid(
        child(path, 'borrowingLimitPercent'),
        borrowingLimitPercent,
        'if specified, must be a non-negative integer',
      ),
    );
  }
}

type Queuing = NonNullable<NonNullable<LimitedPriorityLevelConfiguration['limitResponse']>['queuing']>;

function validateQueues(
  errors: Errors,
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: Queuing,
  path: FieldPath,
): void {
  if (queueLengthLimit <= 0)
    errors.push(invalid(child(path, 'queueLengthLimit'), queueLengthLimit, 'must be positive'));
  if (queues <= 0) errors.push(invalid(child(path, 'queues'), queues, 'must be positive'));
  else if (queues > 10_000_000)
    errors.push(invalid(child(path, 'queues'), queues, 'must not be greater than 10000000'));
  if (handSize <= 0) errors.push(invalid(child(path, 'handSize'), handSize, 'must be positive'));
  else if (handSize > queues)
    errors.push(invalid(child(path, 'handSize'), handSize, `should not be greater than queues (${queues})`));
}

export function validatePriorityLevel({ spec }: PriorityLevelConfiguration): FieldError[] {
  const errors: Errors = [];
  const { type, limited, exempt } = spec;
  if (type === 'Exempt') {
    if (limited) errors.push(forbidden('spec.limited', 'must be nil if the type is not Limited'));
    const shares = exempt?.nominalConcurrencyShares;
    if (shares !== undefined && shares < 0)
      errors.push(invalid('spec.exempt.nominalConcurrencyShares', shares, nonNegativeShares));
    percent(errors, exempt?.lendablePercent, 'spec.exempt.lendablePercent');
  } else if (type === 'Limited') {
    if (exempt) errors.push(forbidden('spec.exempt', 'must be nil if the type is Limited'));
    if (limited) validateLimited(errors, limited, 'spec.limited');
    else errors.push(required('spec.limited', 'must not be empty when type is Limited'));
  } else errors.push(notSupported('spec.type', type, ['Exempt', 'Limited']));
  return errors;
}

const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'proxy', 'update', 'watch'];

function validateRules(errors: Errors, rules: PolicyRulesWithSubjects, path: FieldPath): void {
  if (each(rules.subjects).length === 0)
    errors.push(required(child(path, 'subjects'), 'subjects must contain at least one value'));
  each(rules.subjects).forEach(({ kind, user, group, serviceAccount }, at) => {
    const here = index(child(path, 'subjects'), at);
    const given = { Group: group, ServiceAccount: serviceAccount, User: user }[kind];
    if (!['Group', 'ServiceAccount', 'User'].includes(kind))
      errors.push(notSupported(child(here, 'kind'), kind, ['Group', 'ServiceAccount', 'User']));
    else if (!given)
      errors.push(
        required(
          child(here, kind.charAt(0).toLowerCase() + kind.slice(1)),
          `${kind.charAt(0).toLowerCase()}${kind.slice(1)} is required when subject kind is '${kind}'`,
        ),
      );
    else if (!given.name) errors.push(required(child(here, `${kind.charAt(0).toLowerCase()}${kind.slice(1)}`, 'name')));
  });
  if (each(rules.resourceRules).length + each(rules.nonResourceRules).length === 0) {
    errors.push(required(path, 'at least one of resourceRules and nonResourceRules has to be non-empty'));
  }
  each(rules.resourceRules).forEach((rule, at) => {
    const here = index(child(path, 'resourceRules'), at);
    if (each(rule.verbs).length === 0)
      errors.push(required(child(here, 'verbs'), 'verbs must contain at least one value'));
    else if (!rule.verbs.includes('*')) {
      const unknown = rule.verbs.filter(verb => !verbs.includes(verb));
      if (unknown.length > 0)
        errors.push({
          type: 'notSupported',
          field: child(here, 'verbs'),
          message: notSupported('', JSON.stringify(unknown), [...verbs, '*'].toSorted()).message,
        });
    }
    if (each(rule.apiGroups).length === 0)
      errors.push(required(child(here, 'apiGroups'), 'resource rules must supply at least one api group'));
    if (each(rule.resources).length === 0)
      errors.push(required(child(here, 'resources'), 'resource rules must supply at least one resource'));
    if (each(rule.namespaces).length === 0 && !rule.clusterScope) {
      errors.push(
        required(
          child(here, 'namespaces'),
          'resource rules that are not cluster scoped must supply at least one namespace',
        ),
      );
    }
  });
  each(rules.nonResourceRules).forEach((rule, at) => {
    const here = index(child(path, 'nonResourceRules'), at);
    if (each(rule.verbs).length === 0)
      errors.push(required(child(here, 'verbs'), 'verbs must contain at least one value'));
    if (each(rule.nonResourceURLs).length === 0)
      errors.push(required(child(here, 'nonResourceURLs'), 'nonResourceURLs must contain at least one value'));
  });
}

export function validateFlowSchema({ spec, metadata }: FlowSchema): FieldError[] {
  const errors: Errors = [];
  const precedence = spec.matchingPrecedence ?? 0;
  if (precedence <= 0) errors.push(invalid('spec.matchingPrecedence', precedence, 'must be a positive value'));
  if (precedence > 10000) errors.push(invalid('spec.matchingPrecedence', precedence, 'must not be greater than 10000'));
  if (precedence === 1 && metadata.name !== 'exempt') {
    errors.push(
      invalid('spec.matchingPrecedence', precedence, "only the schema named 'exempt' may have matchingPrecedence 1"),
    );
  }
  oneOfIfSet(errors, spec.distinguisherMethod?.type, ['ByNamespace', 'ByUser'], 'spec.distinguisherMethod');
  const name = spec.priorityLevelConfiguration.name;
  if (name) subdomain(errors, name, 'spec.priorityLevelConfiguration.name');
  else errors.push(required('spec.priorityLevelConfiguration.name', 'must reference a priority level'));
  each(spec.rules).forEach((rules, at) => validateRules(errors, rules, index('spec.rules', at)));
  return errors;
}
