/** Validation of amounts: requests and limits (core/validation `ValidateContainerResourceRequirements`). */
import { child, forbidden, index, invalid, key, notFound, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validateQualifiedName } from '@orrery/machinery/names';
import { compareQuantities, formatQuantity, parseQuantity, toMilli } from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { nonNegativeQuantity, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { ResourceRequirements } from '../types.data.ts';

const standard = new Set(
  (
    'cpu memory ephemeral-storage storage requests.cpu requests.memory requests.ephemeral-storage limits.cpu limits.memory limits.ephemeral-storage ' +
    'pods resourcequotas services replicationcontrollers secrets configmaps persistentvolumeclaims services.nodeports services.loadbalancers'
  ).split(' '),
);
const forContainers = new Set(['cpu', 'memory', 'ephemeral-storage']);

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
const isStandard = (name: string): boolean =>
  standard.has(name) || isHugePages(name) || isHugePages(name.replace(/^requests\./, ''));

/** Resources whose amounts are whole: counts, and devices of plug-ins. */
export const isInteger = (name: string): boolean =>
  [
    'pods',
    'resourcequotas',
    'services',
    'replicationcontrollers',
    'secrets',
    'configmaps',
    'persistentvolumeclaims',
    'services.nodeports',
    'services.loadbalancers',
  ].includes(name) ||
  name.startsWith('count/') ||
  isExtended(name);
const isExtended = (name: string): boolean => !isNative(name) && !name.startsWith('requests.');
const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

/** `name` qualified, or one of the words Kubernetes knows. */
export function validateResourceName(errors: Errors, name: string, path: FieldPath): void {
  const problems = validateQualifiedName(name);
  tell(errors, path, name, problems);
  if (problems.length === 0 && !name.includes('/') && !isStandard(name))
    errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'));
}

function validateContainerResourceName(errors: Errors, name: string, path: FieldPath): void {
  if (!name.includes('/') && !forContainers.has(name) && !isHugePages(name))
    errors.push(invalid(path, name, 'must be a standard resource for containers'));
  validateResourceName(errors, name, path);
}

export function validateResourceValue(errors: Errors, name: string, value: string, path: FieldPath): void {
  nonNegativeQuantity(errors, value, path);
  if (isInteger(name) && toMilli(value) % 1000 !== 0) errors.push(invalid(path, value, 'must be an integer'));
}

function validateAgainstLimit(
  errors: Errors,
  name: string,
  request: string,
  limit: string | undefined,
  path: FieldPath,
): void {
  const requests = child(path, 'requests');
  if (limit === undefined) {
    if (!mayOvercommit(name))
      errors.push(required(child(path, 'limits'), 'Limit must be set for non overcommitable resources'));
    return;
  }
  if (request === limit) return;
  const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
  const shown = formatQuantity(parseQuantity(request));
  if (order !== 0 && !mayOvercommit(name))
    errors.push(invalid(requests, shown, `must be equal to ${name} limit of ${limit}`));
  else if (order > 0) errors.push(invalid(requests, shown, `must be less than or equal to ${name} limit of ${limit}`));
}

/** `claims` are the names of the pod's resource claims. */
export function validateResources(
  errors: Errors,
  resources: ResourceRequirements,
  claims: ReadonlySet<string>,
  path: FieldPath,
): void {
  const limits = resources.limits ?? {};
  const requests = resources.requests ?? {};
  for (const [name, value] of Object.entries(limits)) {
    const here = key(child(path, 'limits'), name);
    validateContainerResourceName(errors, name, here);
    validateResourceValue(errors, name, value, here);
  }
  for (const [name, value] of Object.entries(requests)) {
    const here = key(child(path, 'requests'), name);
    validateContainerResourceName(errors, name, here);
    validateResourceValue(errors, name, value, here);
    validateAgainstLimit(errors, name, value, limits[name], path);
  }
  const names = [...Object.keys(limits), ...Object.keys(requests)];
  if (names.some(isHugePages) && !names.includes('cpu') && !names.includes('memory')) {
    errors.push(forbidden(path, 'HugePages require cpu or memory'));
  }
  each(resources.claims).forEach(({ name }, at) => {
    const here = index(child(path, 'claims'), at);
    if (!name) errors.push(required(child(here, 'name')));
    else if (!claims.has(name)) {
      const which = claims.size === 0 ? ' which is empty' : '';
      errors.push(notFound(here, name, `must be one of the names in pod.spec.resourceClaims${which}`));
    }
  });
}
