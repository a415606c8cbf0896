/** Validation of amounts: requests and limits (core/validation `validateResourceRequirements`). */
import {
  child,
  duplicate,
  forbidden,
  index,
  invalid,
  key,
  notFound,
  notSupported,
  required,
} from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validateQualifiedName } from '@orrery/machinery/names';
import {
  canonicalQuantity,
  compareQuantities,
  parseQuantity,
  toMilli,
  toNumber,
  zeroQuantity,
} from '@orrery/machinery/quantity';
import type { Quantity } from '@orrery/machinery/quantity';
import { each } from '../fill.ts';
import { label, nonNegativeQuantity, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { PodSpec, ResourceRequirements } from '../types.data.ts';
import { limitsTogether, requestsTogether } from './pod-defaults.ts';

const words = (text: string): ReadonlySet<string> => new Set(text.split(' '));

const counted = words(
  'pods resourcequotas services replicationcontrollers secrets configmaps persistentvolumeclaims services.nodeports services.loadbalancers',
);
const forQuotas = words(
  'cpu memory ephemeral-storage requests.cpu requests.memory requests.storage requests.ephemeral-storage limits.cpu limits.memory ' +
    'limits.ephemeral-storage',
);
const forContainers = words('cpu memory ephemeral-storage');

export const isHugePages = (name: string): boolean => name.startsWith('hugepages-');
const isNative = (name: string): boolean => !name.includes('/') || name.includes('kubernetes.io/');
/** What a quota may count without a domain. */
export const isForQuotas = (name: string): boolean =>
  counted.has(name) || forQuotas.has(name) || isHugePages(name) || name.startsWith('requests.hugepages-');
const isStandard = (name: string): boolean => isForQuotas(name) || name === 'storage';

/** Devices of plug-ins: anything of another domain that a quota could count too. */
const isExtended = (name: string): boolean =>
  !isNative(name) && !name.startsWith('requests.') && validateQualifiedName(`requests.${name}`).length === 0;
/** Resources whose amounts are whole: counts, and devices of plug-ins. */
export const isInteger = (name: string): boolean => counted.has(name) || isExtended(name);
export const mayOvercommit = (name: string): boolean => isNative(name) && !isHugePages(name);

/** `name` qualified, or one of the words Kubernetes knows. */
export function validateResourceName(errors: Errors, name: string, path: FieldPath): boolean {
  if (forContainers.has(name)) return true;
  const problems = validateQualifiedName(name);
  tell(errors, path, name, problems);
  if (problems.length > 0) return false;
  if (name.includes('/') || isStandard(name)) return true;
  errors.push(invalid(path, name, 'must be a standard resource type or fully qualified'));
  return false;
}

export function validateContainerResourceName(errors: Errors, name: string, path: FieldPath): void {
  validateResourceName(errors, name, path);
  if (!name.includes('/')) {
    if (!forContainers.has(name) && !isHugePages(name))
      errors.push(invalid(path, name, 'must be a standard resource for containers'));
  } else if (!isNative(name) && !isExtended(name)) {
    errors.push(invalid(path, name, "doesn't follow extended resource name standard"));
  }
}

function validatePodResourceName(errors: Errors, name: string, path: FieldPath): void {
  if (!validateResourceName(errors, name, path)) return;
  if (name !== 'cpu' && name !== 'memory' && !isHugePages(name))
    errors.push(notSupported(path, name, ['cpu', 'hugepages-', 'memory']));
}

export function validateResourceValue(errors: Errors, name: string, value: string, path: FieldPath): void {
  nonNegativeQuantity(errors, value, path);
  if (name === 'cpu' || name === 'memory') return;
  if (isInteger(name) && toMilli(value) % 1000 !== 0)
    errors.push(invalid(path, canonicalQuantity(value), 'must be an integer'));
}

function pageSize(name: string): Quantity | undefined {
  try {
    return parseQuantity(name.slice('hugepages-'.length));
  } catch {
    return undefined;
  }
}

function validateHugePages(errors: Errors, name: string, value: string, path: FieldPath): void {
  const size = pageSize(name);
  const isPage = size !== undefined && compareQuantities(size, zeroQuantity) > 0 && toMilli(size) % 1000 === 0;
  if (isPage && Math.ceil(toNumber(value)) % toNumber(size) === 0) return;
  const shown = canonicalQuantity(value);
  errors.push(invalid(path, shown, `${shown} is not positive integer multiple of ${name}`));
}

function validateAgainstLimit(
  errors: Errors,
  name: string,
  request: string,
  limit: string | undefined,
  path: FieldPath,
): void {
  if (request === limit) return;
  if (limit === undefined) {
    if (!mayOvercommit(name))
      errors.push(required(child(path, 'limits'), 'Limit must be set for non overcommitable resources'));
    return;
  }
  const order = compareQuantities(parseQuantity(request), parseQuantity(limit));
  const tellAgainst = (how: string): void => {
    const detail = `must be ${how} ${name} limit of ${canonicalQuantity(limit)}`;
    errors.push(invalid(child(path, 'requests'), canonicalQuantity(request), detail));
  };
  if (order !== 0 && !mayOvercommit(name)) tellAgainst('equal to');
  else if (order > 0) tellAgainst('less than or equal to');
}

type Claim = NonNullable<ResourceRequirements['claims']>[number];

/** Each claim, or each request of it, is named once. */
function validateClaims(errors: Errors, given: readonly Claim[], claims: ReadonlySet<string>, path: FieldPath): void {
  const seen = new Set<string>();
  given.forEach(({ name, request }, at) => {
    const here = index(path, at);
    if (!name) return void errors.push(required(here));
    if (seen.has(name)) errors.push(duplicate(here, name));
    else {
      const text = request ? `${name}/${request}` : name;
      if (request) label(errors, request, child(here, 'request'));
      if (seen.has(text)) errors.push(duplicate(here, text));
      else if (!request) for (const other of seen) if (other.startsWith(`${name}/`)) errors.push(duplicate(here, name));
      seen.add(text);
    }
    if (claims.has(name)) return;
    const which = claims.size === 0 ? ' which is empty' : `: ${[...claims].sort().join(', ')}`;
    errors.push(notFound(here, name, `must be one of the names in pod.spec.resourceClaims${which}`));
  });
}

function validateRequirements(
  errors: Errors,
  { limits = {}, requests = {}, claims: given }: ResourceRequirements,
  validateName: (errors: Errors, name: string, path: FieldPath) => void,
  claims: ReadonlySet<string>,
  path: FieldPath,
): void {
  let [hasCompute, hasPages] = [false, false];
  const validateAmount = (name: string, value: string, here: FieldPath): void => {
    validateName(errors, name, here);
    validateResourceValue(errors, name, value, here);
    if (name === 'cpu' || name === 'memory') hasCompute = true;
  };
  const validatePages = (name: string, value: string, here: FieldPath): void => {
    if (!isHugePages(name)) return;
    hasPages = true;
    validateHugePages(errors, name, value, here);
  };
  for (const name of Object.keys(limits)) {
    const here = key(child(path, 'limits'), name);
    validateAmount(name, limits[name]!, here);
    validatePages(name, limits[name]!, here);
  }
  for (const name of Object.keys(requests)) {
    const here = key(child(path, 'requests'), name);
    validateAmount(name, requests[name]!, here);
    validateAgainstLimit(errors, name, requests[name]!, limits[name], path);
    validatePages(name, requests[name]!, here);
  }
  if (hasPages && !hasCompute) errors.push(forbidden(path, 'HugePages require cpu or memory'));
  if (given) validateClaims(errors, given, claims, child(path, 'claims'));
}

/** `claims` are the names of the pod's resource claims. */
export const validateContainerResources = (
  errors: Errors,
  resources: ResourceRequirements,
  claims: ReadonlySet<string>,
  path: FieldPath,
): void => validateRequirements(errors, resources, validateContainerResourceName, claims, path);

const amountOf = (text: string | undefined): Quantity => (text === undefined ? zeroQuantity : parseQuantity(text));
const isAbove = (a: string, b: string | undefined): boolean => compareQuantities(parseQuantity(a), amountOf(b)) > 0;

/** Together the containers ask for at most what the pod asks for; none may use more than it. */
function validateConsistency(errors: Errors, spec: PodSpec, path: FieldPath): void {
  const { requests = {}, limits = {} } = spec.resources!;
  for (const [name, sum] of Object.entries(requestsTogether(spec))) {
    if (name !== 'cpu' && name !== 'memory' && !isHugePages(name)) continue;
    if (!isAbove(sum, requests[name])) continue;
    const detail = `must be greater than or equal to aggregate container requests of ${canonicalQuantity(sum)}`;
    errors.push(invalid(key(child(path, 'requests'), name), canonicalQuantity(requests[name] ?? '0'), detail));
  }
  for (const [name, sum] of Object.entries(limitsTogether(spec))) {
    if (!isHugePages(name) || !isAbove(sum, limits[name])) continue;
    const detail = `must be greater than or equal to aggregate container limits of ${canonicalQuantity(sum)}`;
    errors.push(invalid(key(child(path, 'limits'), name), canonicalQuantity(limits[name] ?? '0'), detail));
  }
  each(spec.containers).forEach(({ resources }, at) => {
    for (const [name, limit] of Object.entries(resources?.limits ?? {})) {
      const most = limits[name];
      if (most === undefined || !isAbove(limit, most)) continue;
      const here = child(key(index(child(path, 'containers'), at), name), 'limits');
      const detail = `must be less than or equal to pod limits of ${canonicalQuantity(most)}`;
      errors.push(invalid(here, canonicalQuantity(limit), detail));
    }
  });
}

/** Requests and limits of a whole pod. */
export function validatePodResources(
  errors: Errors,
  spec: PodSpec,
  claims: ReadonlySet<string>,
  path: FieldPath,
): void {
  if (!spec.resources) return;
  if (spec.resources.claims)
    errors.push(forbidden(child(path, 'claims'), 'claims cannot be set for Resources at pod-level'));
  validateRequirements(errors, spec.resources, validatePodResourceName, claims, path);
  validateConsistency(errors, spec, path);
}
