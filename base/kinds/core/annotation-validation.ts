/** Validation of annotations that mean something to pods (core/validation `ValidatePodSpecificAnnotations` and others). */
import { child, forbidden, invalid, key, quote } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { unmarshalProblem } from '@orrery/machinery/json-problem';
import type { Errors } from '../rules.ts';
import type { AppArmorProfile, PodSpec, SeccompProfile, Toleration } from '../types.data.ts';
import { descendingPath } from './reference-validation.ts';
import { validateTolerations } from './scheduling-validation.ts';
import { containersWithPaths } from './windows-validation.ts';

export type Annotations = Readonly<Record<string, string>>;

export const mirrorAnnotation = 'kubernetes.io/config.mirror';
const tolerationsAnnotation = 'scheduler.alpha.kubernetes.io/tolerations';
const deletionCostAnnotation = 'controller.kubernetes.io/pod-deletion-cost';
const seccompPod = 'seccomp.security.alpha.kubernetes.io/pod';
const seccompContainer = 'container.seccomp.security.alpha.kubernetes.io/';
const appArmorContainer = 'container.apparmor.security.beta.kubernetes.io/';

function validateAnnotatedTolerations(errors: Errors, text: string, path: FieldPath): void {
  const problem = unmarshalProblem(text, '[]core.Toleration');
  if (problem !== undefined) return void errors.push(invalid(path, tolerationsAnnotation, problem));
  validateTolerations(errors, (JSON.parse(text) ?? []) as Toleration[], child(path, tolerationsAnnotation));
}

function validateSeccompText(errors: Errors, text: string, path: FieldPath): void {
  if (text === 'runtime/default' || text === 'docker/default' || text === 'unconfined') return;
  if (text.startsWith('localhost/')) descendingPath(errors, text.slice('localhost/'.length), path);
  else errors.push(invalid(path, text, 'must be a valid seccomp profile'));
}

function validateAppArmorText(errors: Errors, name: string, text: string, spec: PodSpec, path: FieldPath): void {
  const container = name.slice(appArmorContainer.length);
  if (!containersWithPaths(spec, '').some(([given]) => given.name === container))
    errors.push(invalid(key(path, name), container, 'container not found'));
  if (text === '' || text === 'runtime/default' || text === 'unconfined' || text.startsWith('localhost/')) return;
  errors.push(invalid(key(path, name), text, `invalid AppArmor profile name: ${quote(text)}`));
}

const is32Bit = (text: string): boolean =>
  text === '0' || (/^-?[1-9]\d{0,9}$/.test(text) && Math.abs(Number(text) + 0.5) < 2 ** 31);

export function validatePodAnnotations(
  errors: Errors,
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: FieldPath,
): void {
  if (!annotations) return;
  const mirror = annotations[mirrorAnnotation];
  if (mirror !== undefined && !spec.nodeName)
    errors.push(invalid(key(path, mirrorAnnotation), mirror, 'must set spec.nodeName if mirror pod annotation is set'));
  if (annotations[tolerationsAnnotation])
    validateAnnotatedTolerations(errors, annotations[tolerationsAnnotation], path);
  const cost = annotations[deletionCostAnnotation];
  if (cost !== undefined && !is32Bit(cost))
    errors.push(invalid(key(path, deletionCostAnnotation), cost, 'must be a 32bit integer'));
  const whole = annotations[seccompPod];
  if (whole !== undefined) validateSeccompText(errors, whole, child(path, seccompPod));
  const names = Object.keys(annotations);
  for (const name of names)
    if (name.startsWith(seccompContainer)) validateSeccompText(errors, annotations[name]!, child(path, name));
  for (const name of names)
    if (name.startsWith(appArmorContainer)) validateAppArmorText(errors, name, annotations[name]!, spec, path);
}

/** Annotations that may not come, go or change once a pod exists. */
export function validateAnnotationChanges(
  errors: Errors,
  now: Annotations,
  before: Annotations,
  path: FieldPath,
): void {
  const what = (name: string): string | undefined =>
    name.startsWith(appArmorContainer)
      ? 'AppArmor annotations'
      : name === mirrorAnnotation
        ? 'mirror pod annotation'
        : undefined;
  for (const name of Object.keys(before)) {
    if (now[name] === before[name] || what(name) === undefined) continue;
    errors.push(forbidden(key(path, name), `may not remove or update ${what(name)}`));
  }
  for (const name of Object.keys(now))
    if (!(name in before) && what(name) !== undefined)
      errors.push(forbidden(key(path, name), `may not add ${what(name)}`));
}

type Profile = AppArmorProfile | SeccompProfile;

/** The older annotation and the newer field must say the same. */
function validateMatch(
  errors: Errors,
  what: 'apparmor' | 'seccomp',
  text: string,
  profile: Profile,
  at: FieldPath,
): void {
  const differs = (part: 'type' | 'localhostProfile'): void => {
    const name = part === 'type' ? 'type' : 'profile';
    errors.push(forbidden(child(at, part), `${what} ${name} in annotation and field must match`));
  };
  const defaults = what === 'seccomp' ? ['runtime/default', 'docker/default'] : ['runtime/default'];
  if (profile.type === 'Unconfined' && text !== 'unconfined') differs('type');
  else if (profile.type === 'RuntimeDefault' && !defaults.includes(text)) differs('type');
  else if (profile.type === 'Localhost') {
    if (!text.startsWith('localhost/')) differs('type');
    else if (text.slice('localhost/'.length) !== profile.localhostProfile) differs('localhostProfile');
  }
}

/** Of new pods and of templates. */
export function validateProfileMatches(
  errors: Errors,
  annotations: Annotations | undefined,
  spec: PodSpec,
  path: FieldPath,
): void {
  if (!annotations || Object.keys(annotations).length === 0) return;
  const ofPod = spec.securityContext;
  const whole = annotations[seccompPod];
  if (ofPod?.seccompProfile && whole !== undefined)
    validateMatch(errors, 'seccomp', whole, ofPod.seccompProfile, child(path, 'securityContext', 'seccompProfile'));
  const containers = containersWithPaths(spec, path);
  for (const [{ name, securityContext }, at] of containers) {
    const text = annotations[seccompContainer + name];
    const profile = securityContext?.seccompProfile;
    if (text !== undefined && profile)
      validateMatch(errors, 'seccomp', text, profile, child(at, 'securityContext', 'seccompProfile'));
  }
  if (spec.os?.name === 'windows') return;
  for (const [{ name, securityContext }, at] of containers) {
    const text = annotations[appArmorContainer + name];
    const profile = securityContext?.appArmorProfile ?? ofPod?.appArmorProfile;
    if (text !== undefined && profile)
      validateMatch(errors, 'apparmor', text, profile, child(at, 'securityContext', 'appArmorProfile'));
  }
}
