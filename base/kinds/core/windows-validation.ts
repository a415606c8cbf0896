/** Validation of what depends on the operating system of a pod (core/validation `validateOS`, `validateWindows` and others). */
import { child, forbidden, index, invalid, notSupported, required } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { validateDns1123Subdomain } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Container, PodSpec, WindowsSecurityContextOptions } from '../types.data.ts';

/** All containers of a pod with their places, in upstream's order. */
export const containersWithPaths = (spec: PodSpec, path: FieldPath): (readonly [Container, FieldPath])[] =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    each(spec[list]).map((container, at) => [container as Container, index(child(path, list), at)] as const),
  );

const domainLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?';
const dnsDomain = new RegExp(`^${domainLabel}(?:\\.${domainLabel})*$`);
const netBiosDomain = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/;

/** What is wrong with `DOMAIN\user`. */
function userProblems(name: string): string[] {
  if (name === '') return ['runAsUserName cannot be an empty string'];
  if (/\p{Cc}/u.test(name)) return ['runAsUserName cannot contain control characters'];
  const parts = name.split('\\');
  if (parts.length > 2) return ['runAsUserName cannot contain more than one backslash'];
  const domain = parts.length === 2 ? parts[0]! : undefined;
  const user = parts.at(-1)!;
  const problems: string[] = [];
  if ((domain?.length ?? 0) >= 256) problems.push("runAsUserName's Domain length must be under 256 characters");
  if (domain !== undefined && !netBiosDomain.test(domain) && !dnsDomain.test(domain))
    problems.push("runAsUserName's Domain doesn't match the NetBios nor the DNS format");
  if (user === '') problems.push("runAsUserName's User cannot be empty");
  else if (user.length > 104) problems.push("runAsUserName's User length must not be longer than 104 characters");
  if (/^[. ]+$/.test(user)) problems.push("runAsUserName's User cannot contain only periods or spaces");
  if (/["/\\:;|=,+*?<>@[\]]/.test(user))
    problems.push('runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]');
  return problems;
}

export function validateWindowsOptions(
  errors: Errors,
  options: WindowsSecurityContextOptions | undefined,
  path: FieldPath,
): void {
  if (!options) return;
  const { gmsaCredentialSpecName: name, gmsaCredentialSpec: spec, runAsUserName } = options;
  if (name !== undefined) tell(errors, child(path, 'gmsaCredentialSpecName'), name, validateDns1123Subdomain(name));
  if (spec === '') {
    errors.push(invalid(child(path, 'gmsaCredentialSpec'), spec, 'gmsaCredentialSpec cannot be an empty string'));
  } else if (spec !== undefined && spec.length > 64 * 1024) {
    errors.push(invalid(child(path, 'gmsaCredentialSpec'), spec, 'gmsaCredentialSpec size must be under 64 KiB'));
  }
  if (runAsUserName !== undefined)
    tell(errors, child(path, 'runAsUserName'), runAsUserName, userProblems(runAsUserName));
}

/** Containers that are processes of the node: all of a pod or none. */
export function validateHostProcess(errors: Errors, spec: PodSpec, path: FieldPath): void {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess;
  const containers = containersWithPaths(spec, path);
  let count = 0;
  for (const [{ securityContext }, at] of containers) {
    const own = securityContext?.windowsOptions?.hostProcess;
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`;
      errors.push(invalid(`${at}.securityContext.windowsOptions.hostProcess`, own, detail));
    }
    if (own ?? ofPod) count++;
  }
  if (count === 0) return;
  if (count !== containers.length) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers';
    errors.push(invalid(path, '', detail));
  }
  if (!spec.hostNetwork) {
    const detail = 'hostNetwork must be true if pod contains any hostProcess containers';
    errors.push(invalid(child(path, 'hostNetwork'), false, detail));
  }
}

/** A pod with users of its own shares nothing else with the node. */
export function validateHostUsers(errors: Errors, spec: PodSpec, path: FieldPath): void {
  if (spec.hostUsers !== false) return;
  const why = 'when `pod.Spec.HostUsers` is false';
  if (spec.hostNetwork) errors.push(forbidden(child(path, 'hostNetwork'), why));
  if (spec.hostPID) errors.push(forbidden(child(path, 'HostPID'), why));
  if (spec.hostIPC) errors.push(forbidden(child(path, 'HostIPC'), why));
}

function validateLinux(errors: Errors, spec: PodSpec, path: FieldPath): void {
  const why = 'windows options cannot be set for a linux pod';
  if (spec.securityContext?.windowsOptions)
    errors.push(forbidden(child(path, 'securityContext', 'windowsOptions'), why));
  for (const [{ securityContext }, at] of containersWithPaths(spec, path))
    if (securityContext?.windowsOptions) errors.push(forbidden(child(at, 'securityContext', 'windowsOptions'), why));
}

/** In upstream's order: fields of a pod's security context, and of the pod itself where marked. */
const notOnWindows = [
  ['securityContext', 'appArmorProfile'],
  ['securityContext', 'seLinuxOptions'],
  ['hostUsers'],
  ['hostPID'],
  ['hostIPC'],
  ['securityContext', 'seccompProfile'],
  ['securityContext', 'fsGroup'],
  ['securityContext', 'fsGroupChangePolicy'],
  ['securityContext', 'sysctls'],
  ['shareProcessNamespace'],
  ['securityContext', 'runAsUser'],
  ['securityContext', 'runAsGroup'],
  ['securityContext', 'supplementalGroups'],
  ['securityContext', 'supplementalGroupsPolicy'],
  ['securityContext', 'seLinuxChangePolicy'],
] as const;
/** A false says nothing where the internal field is no pointer. */
const plainFlags = new Set<string>(['hostPID', 'hostIPC']);

const notInWindowsContainers = [
  'appArmorProfile',
  'seLinuxOptions',
  'seccompProfile',
  'capabilities',
  'readOnlyRootFilesystem',
  'privileged',
  'allowPrivilegeEscalation',
  'procMount',
  'runAsUser',
  'runAsGroup',
] as const;

function validateWindows(errors: Errors, spec: PodSpec, path: FieldPath): void {
  const why = 'cannot be set for a windows pod';
  const context = spec.securityContext as Readonly<Record<string, unknown>> | undefined;
  for (const [first, field] of notOnWindows) {
    const value = field === undefined ? spec[first as 'hostPID'] : context?.[field];
    if (value === undefined || (plainFlags.has(first) && value === false)) continue;
    errors.push(forbidden(field === undefined ? child(path, first) : child(path, first, field), why));
  }
  for (const [{ securityContext }, at] of containersWithPaths(spec, path)) {
    for (const name of notInWindowsContainers)
      if (securityContext?.[name] !== undefined) errors.push(forbidden(child(at, 'securityContext', name), why));
  }
}

export function validateOperatingSystem(errors: Errors, spec: PodSpec, path: FieldPath): void {
  if (!spec.os) return;
  const { name } = spec.os;
  if (!name) errors.push(required(child(path, 'os', 'name'), 'cannot be empty'));
  else if (name === 'linux') validateLinux(errors, spec, path);
  else if (name === 'windows') validateWindows(errors, spec, path);
  else errors.push(notSupported(child(path, 'os'), name, ['linux', 'windows']));
}
