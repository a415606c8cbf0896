/** Validation of what containers and pods may do on their node (core/validation `ValidateSecurityContext`, `validatePodSpecSecurityContext`). */
import {
  child,
  duplicate,
  index,
  invalid,
  invalidShown,
  notSupported,
  required,
  tooLong,
} from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { inclusiveRangeError } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { shownInternal } from '../internal-form.ts';
import { oneOfIfSet } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { AppArmorProfile, PodSpec, SeccompProfile, SecurityContext, Sysctl } from '../types.data.ts';
import { descendingPath } from './reference-validation.ts';
import { validateWindowsOptions } from './windows-validation.ts';

/** Numbers of users and groups. */
export const validateUserId = (errors: Errors, value: number | undefined, path: FieldPath): void => {
  if (value !== undefined && (value < 0 || value > 2147483647))
    errors.push(invalid(path, value, inclusiveRangeError(0, 2147483647)));
};

const profileTypes = ['Localhost', 'RuntimeDefault', 'Unconfined'];

export function validateSeccomp(errors: Errors, profile: SeccompProfile | undefined, path: FieldPath): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  if (!type) errors.push(required(child(path, 'type'), 'type is required when seccompProfile is set'));
  else oneOfIfSet(errors, type, profileTypes, child(path, 'type'));
  const at = child(path, 'localhostProfile');
  if (type === 'Localhost') {
    if (localhostProfile === undefined) errors.push(required(at, 'must be set when seccomp type is Localhost'));
    else descendingPath(errors, localhostProfile, at);
  } else if (localhostProfile !== undefined) {
    const shown = shownInternal('core.v1.SeccompProfile', profile);
    errors.push(invalidShown(at, shown, 'can only be set when seccomp type is Localhost'));
  }
}

const longestProfile = 4095;

export function validateAppArmor(errors: Errors, profile: AppArmorProfile | undefined, path: FieldPath): void {
  if (!profile) return;
  const { type, localhostProfile } = profile;
  const at = child(path, 'localhostProfile');
  if (type === 'Localhost') {
    const missing = required(at, 'must be set when AppArmor type is Localhost');
    if (localhostProfile === undefined) return void errors.push(missing);
    if (localhostProfile.trim() !== localhostProfile)
      errors.push(invalid(at, localhostProfile, 'must not be padded with whitespace'));
    else if (localhostProfile === '') errors.push(missing);
    if (localhostProfile.length > longestProfile) errors.push(tooLong(at, longestProfile));
  } else if (type === 'RuntimeDefault' || type === 'Unconfined') {
    if (localhostProfile !== undefined)
      errors.push(invalid(at, localhostProfile, 'can only be set when AppArmor type is Localhost'));
  } else if (!type) errors.push(required(child(path, 'type'), 'type is required when appArmorProfile is set'));
  else errors.push(notSupported(child(path, 'type'), type, profileTypes));
}

/** Of one container; `hostUsers` is true when the pod shares the node's users. */
export function validateSecurityContext(
  errors: Errors,
  context: SecurityContext | undefined,
  hostUsers: boolean,
  path: FieldPath,
): void {
  if (!context) return;
  validateUserId(errors, context.runAsUser, child(path, 'runAsUser'));
  validateUserId(errors, context.runAsGroup, child(path, 'runAsGroup'));
  oneOfIfSet(errors, context.procMount, ['Default', 'Unmasked'], child(path, 'procMount'));
  if (hostUsers && context.procMount === 'Unmasked')
    errors.push(invalid(child(path, 'procMount'), 'Unmasked', '`hostUsers` must be false to use `Unmasked`'));
  validateSeccomp(errors, context.seccompProfile, child(path, 'seccompProfile'));
  if (context.allowPrivilegeEscalation === false) {
    const clash = (what: string): void => {
      const detail = `cannot set \`allowPrivilegeEscalation\` to false and ${what}`;
      errors.push(invalidShown(path, shownInternal('core.v1.SecurityContext', context), detail));
    };
    if (context.privileged) clash('`privileged` to true');
    for (const name of each(context.capabilities?.add))
      if (name === 'CAP_SYS_ADMIN') clash('`capabilities.Add` CAP_SYS_ADMIN');
  }
  validateWindowsOptions(errors, context.windowsOptions, child(path, 'windowsOptions'));
  validateAppArmor(errors, context.appArmorProfile, child(path, 'appArmorProfile'));
}

const sysctlName = '([a-z0-9]([-_a-z0-9]*[a-z0-9])?[\\./])*[a-z0-9]([-_a-z0-9]*[a-z0-9])?';
const sysctlPattern = new RegExp(`^${sysctlName}$`);

/** The namespace of the node that a setting of the kernel belongs to. */
function namespaceOf(name: string): 'net' | 'ipc' | undefined {
  const dotted = /^[^./]*\//.test(name) ? name.replace(/[./]/g, letter => (letter === '/' ? '.' : '/')) : name;
  if (dotted.startsWith('net.')) return 'net';
  return dotted === 'kernel.sem' || /^(kernel\.shm|kernel\.msg|fs\.mqueue\.)/.test(dotted) ? 'ipc' : undefined;
}

function validateSysctls(errors: Errors, sysctls: readonly Sysctl[], spec: PodSpec, path: FieldPath): void {
  const seen = new Set<string>();
  sysctls.forEach(({ name }, at) => {
    const here = child(index(path, at), 'name');
    if (!name) errors.push(required(here));
    else if (name.length > 253 || !sysctlPattern.test(name))
      errors.push(invalid(here, name, `must have at most 253 characters and match regex ^${sysctlName}$`));
    else if (seen.has(name)) errors.push(duplicate(here, name));
    const namespace = namespaceOf(name ?? '');
    if (spec.hostNetwork && namespace === 'net')
      errors.push(invalid(here, name, "may not be specified when 'hostNetwork' is true"));
    else if (spec.hostIPC && namespace === 'ipc')
      errors.push(invalid(here, name, "may not be specified when 'hostIPC' is true"));
    seen.add(name);
  });
}

/** Of a whole pod. Internally upstream keeps the node's namespaces with the security context, and tells problems there. */
export function validatePodSecurity(errors: Errors, spec: PodSpec, specPath: FieldPath): void {
  const path = child(specPath, 'securityContext');
  const context = spec.securityContext ?? {};
  validateUserId(errors, context.fsGroup, child(path, 'fsGroup'));
  validateUserId(errors, context.runAsUser, child(path, 'runAsUser'));
  validateUserId(errors, context.runAsGroup, child(path, 'runAsGroup'));
  each(context.supplementalGroups).forEach((group, at) =>
    validateUserId(errors, group, index(child(path, 'supplementalGroups'), at)),
  );
  if (spec.shareProcessNamespace && spec.hostPID) {
    const detail = 'ShareProcessNamespace and HostPID cannot both be enabled';
    errors.push(invalid(child(path, 'shareProcessNamespace'), true, detail));
  }
  if (context.sysctls) validateSysctls(errors, context.sysctls, spec, child(path, 'sysctls'));
  oneOfIfSet(errors, context.fsGroupChangePolicy, ['Always', 'OnRootMismatch'], child(path, 'fsGroupChangePolicy'));
  validateSeccomp(errors, context.seccompProfile, child(path, 'seccompProfile'));
  validateWindowsOptions(errors, context.windowsOptions, child(path, 'windowsOptions'));
  validateAppArmor(errors, context.appArmorProfile, child(path, 'appArmorProfile'));
  oneOfIfSet(errors, context.supplementalGroupsPolicy, ['Merge', 'Strict'], child(path, 'supplementalGroupsPolicy'));
  oneOfIfSet(errors, context.seLinuxChangePolicy, ['Recursive'], child(path, 'seLinuxChangePolicy'));
}
