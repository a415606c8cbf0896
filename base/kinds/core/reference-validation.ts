/** References to files, and to fields and amounts of the pod itself: shared by containers and volumes. */
import { child, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { compareQuantities, formatQuantity, parseQuantity, zeroQuantity } from '@orrery/machinery/quantity';
import { oneOfIfSet, qualified } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { ObjectFieldSelector, ResourceFieldSelector } from '../types.data.ts';

/** A relative path that stays below where it starts. */
export function descendingPath(errors: Errors, value: string, path: FieldPath): void {
  if (value.startsWith('/')) errors.push(invalid(path, value, 'must be a relative path'));
  noBacksteps(errors, value, path);
}

export const hasBacksteps = (value: string): boolean => value.includes('..') && value.split('/').includes('..');

/** No `..` among the parts of a path. */
export function noBacksteps(errors: Errors, value: string, path: FieldPath): void {
  if (hasBacksteps(value)) errors.push(invalid(path, value, "must not contain '..'"));
}

/** As {@link descendingPath}; also not a name that the kubelet keeps for itself. */
export function localPath(errors: Errors, value: string, path: FieldPath): void {
  descendingPath(errors, value, path);
  if (value.startsWith('..') && !value.startsWith('../')) errors.push(invalid(path, value, "must not start with '..'"));
}

const podFields = new Set(
  (
    'metadata.annotations metadata.labels metadata.name metadata.namespace metadata.uid spec.nodeName spec.restartPolicy spec.schedulerName ' +
    'spec.serviceAccountName status.phase status.hostIP status.hostIPs status.podIP status.podIPs'
  ).split(' '),
);
/** Old names that are still understood. */
const renamed: Readonly<Record<string, string>> = { 'spec.host': 'spec.nodeName' };

/** `supported` are the fields that may be named here; labels and annotations also with a key in brackets. */
export function validateFieldRef(
  errors: Errors,
  { apiVersion, fieldPath }: ObjectFieldSelector,
  supported: readonly string[],
  path: FieldPath,
): void {
  if (!apiVersion) return void errors.push(required(child(path, 'apiVersion')));
  if (!fieldPath) return void errors.push(required(child(path, 'fieldPath')));
  const at = child(path, 'fieldPath');
  const refuse = (why: string): void => void errors.push(invalid(at, fieldPath, `error converting fieldPath: ${why}`));
  if (apiVersion !== 'v1') return refuse(`unsupported pod version: ${apiVersion}`);
  const subscript = /^(.+?)\['(.*)'\]$/s.exec(fieldPath);
  if (subscript) {
    const [, of = '', name = ''] = subscript;
    if (of === 'metadata.annotations') qualified(errors, name.toLowerCase(), path);
    else if (of === 'metadata.labels') qualified(errors, name, path);
    else refuse(`field label does not support subscript: ${fieldPath}`);
    return;
  }
  const name = renamed[fieldPath] ?? fieldPath;
  if (!podFields.has(name)) return refuse(`field label not supported: ${fieldPath}`);
  oneOfIfSet(errors, name, supported, at);
}

const amounts = [
  'limits.cpu',
  'limits.ephemeral-storage',
  'limits.memory',
  'requests.cpu',
  'requests.ephemeral-storage',
  'requests.memory',
];
const isHugePages = (name: string): boolean =>
  name.startsWith('requests.hugepages-') || name.startsWith('limits.hugepages-');

const byteDivisors = '1, 1k, 1M, 1G, 1T, 1P, 1E, 1Ki, 1Mi, 1Gi, 1Ti, 1Pi, 1Ei';

/** The units an amount may be told in, and how upstream names the amount. */
function divisorsOf(name: string): { allowed: string; shown: string } | undefined {
  if (isHugePages(name)) return { allowed: byteDivisors, shown: 'hugepages' };
  const amount = name.slice(name.indexOf('.') + 1);
  if (!amounts.includes(name)) return undefined;
  if (amount === 'cpu') return { allowed: '1m and 1', shown: 'cpu' };
  return { allowed: byteDivisors, shown: amount === 'memory' ? 'memory' : 'local ephemeral storage' };
}

/** `inVolume`: there the container must be named. */
export function validateResourceFieldRef(
  errors: Errors,
  { containerName, resource, divisor }: ResourceFieldSelector,
  inVolume: boolean,
  path: FieldPath,
): void {
  if (inVolume && !containerName) errors.push(required(child(path, 'containerName')));
  else if (!resource) errors.push(required(child(path, 'resource')));
  else if (!amounts.includes(resource) && !isHugePages(resource))
    errors.push(notSupported(child(path, 'resource'), resource, amounts));
  if (divisor === undefined) return;
  const amount = parseQuantity(divisor);
  const rule = divisorsOf(resource ?? '');
  if (compareQuantities(amount, zeroQuantity) === 0 || rule === undefined) return;
  if (rule.allowed.split(/, | and /).includes(formatQuantity(amount))) return;
  const detail = `only divisor's values ${rule.allowed} are supported with the ${rule.shown} resource`;
  errors.push(invalid(child(path, 'divisor'), resource, detail));
}
