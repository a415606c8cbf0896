/** What a pod's status may say, and how it may change (core/validation `ValidatePodStatusUpdate`). */
import { child, duplicate, forbidden, index, invalid, invalidShown, notSupported } from '@orrery/machinery/fieldpath';
import type { FieldError, FieldPath } from '@orrery/machinery/fieldpath';
import { each } from '../fill.ts';
import { shownInternal } from '../internal-form.ts';
import { ip, parseIpSloppy, qualified, subdomain } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type { Container, ContainerStatus, Pod, PodSpec, PodStatus } from '../types.data.ts';
import { validateChangedAnnotations } from './pod-update-validation.ts';
import { validateUserId } from './security-validation.ts';

const systemConditions = new Set(['PodScheduled', 'Ready', 'Initialized']);

/** Containers that have ended stay ended, unless their pod's policy starts them again. */
function transitions(
  errors: Errors,
  now: readonly ContainerStatus[],
  before: readonly ContainerStatus[],
  mayRestart: (status: ContainerStatus) => boolean,
  path: FieldPath,
): void {
  before.forEach((old, at) => {
    if (!old.state?.terminated || mayRestart(old)) return;
    for (const status of now)
      if (status.name === old.name && !status.state?.terminated)
        errors.push(forbidden(child(index(path, at), 'state'), 'may not be transitioned to non-terminated state'));
  });
}

function allTransitions(errors: Errors, now: PodStatus, before: PodStatus, spec: PodSpec): void {
  const mayRestart = ({ state }: ContainerStatus): boolean =>
    spec.restartPolicy === 'Always' || (spec.restartPolicy === 'OnFailure' && state?.terminated?.exitCode !== 0);
  const sidecars = new Set(each(spec.initContainers).flatMap(c => (c.restartPolicy === 'Always' ? [c.name] : [])));
  const check = (
    name: 'containerStatuses' | 'initContainerStatuses' | 'ephemeralContainerStatuses',
    may: (status: ContainerStatus) => boolean,
  ): void => transitions(errors, each(now[name]), each(before[name]), may, child('status', name));
  check('containerStatuses', mayRestart);
  check('initContainerStatuses', status => mayRestart(status) || sidecars.has(status.name));
  check('ephemeralContainerStatuses', () => false);
}

/** At most one address of each family. */
function addresses(errors: Errors, list: readonly { ip?: string }[], type: string, path: FieldPath): void {
  list.forEach(({ ip: address = '' }, at) => ip(errors, address, index(path, at)));
  if (list.length < 2) return;
  const texts = list.map(entry => entry.ip ?? '');
  const families = new Set(texts.map(text => parseIpSloppy(text)?.length));
  const tooMany = (): void => {
    if (families.size === 2 && !families.has(undefined) && list.length === 2) return;
    const detail = 'may specify no more than one IP for each IP family';
    errors.push(invalidShown(path, shownInternal(`[]${type}`, list), detail));
  };
  const repeated = (): void =>
    texts.forEach((text, at) => {
      if (texts.indexOf(text) < at)
        errors.push({
          ...duplicate(index(path, at), ''),
          message: `Duplicate value: ${shownInternal(type, list[at])}`,
        });
    });
  // Upstream looks at the two lists in different orders.
  if (type === 'core.v1.PodIP') [tooMany, repeated].forEach(check => check());
  else [repeated, tooMany].forEach(check => check());
}

function claimStatuses(errors: Errors, status: PodStatus, spec: PodSpec): void {
  const names = new Set<string>();
  each(status.resourceClaimStatuses).forEach(({ name, resourceClaimName }, at) => {
    const here = child(index('status.resourceClaimStatuses', at), 'name');
    if (!each(spec.resourceClaims).some(claim => claim.name === name))
      errors.push(invalid(here, name, 'must match the name of an entry in `spec.resourceClaims`'));
    if (names.has(name)) errors.push(duplicate(here, name));
    names.add(name);
    if (resourceClaimName !== undefined) subdomain(errors, resourceClaimName, here);
  });
}

function users(errors: Errors, statuses: readonly ContainerStatus[], spec: PodSpec, path: FieldPath): void {
  statuses.forEach(({ user }, at) => {
    const here = child(index(path, at), 'linux');
    if (!user?.linux) return;
    if (spec.os?.name === 'windows') return void errors.push(forbidden(here, 'cannot be set for a windows pod'));
    validateUserId(errors, user.linux.uid, child(here, 'uid'));
    validateUserId(errors, user.linux.gid, child(here, 'gid'));
    each(user.linux.supplementalGroups).forEach((group, place) =>
      validateUserId(errors, group, index(child(here, 'supplementalGroups'), place)),
    );
  });
}

const health = ['Healthy', 'Unhealthy', 'Unknown'];

/** What devices a container was given. */
function allocated(
  errors: Errors,
  statuses: readonly ContainerStatus[],
  containers: readonly Container[],
  path: FieldPath,
): void {
  statuses.forEach(({ name, allocatedResourcesStatus }, at) =>
    each(allocatedResourcesStatus).forEach((entry, place) => {
      const here = index(child(index(path, at), 'allocatedResourcesStatus'), place);
      const resources = containers.find(container => container.name === name)?.resources;
      const claims = each(resources?.claims).map(c => `claim:${c.name}${c.request ? `/${c.request}` : ''}`);
      const isClaim = entry.name.startsWith('claim:');
      const known = isClaim ? claims.includes(entry.name) : entry.name in (resources?.requests ?? {});
      const detail = isClaim
        ? "must match one of the container's resource claims in a format 'claim:<claimName>/<request>' or 'claim:<claimName>' if request is empty"
        : "must match one of the container's resource requests";
      if (containers.some(container => container.name === name) && !known)
        errors.push(invalid(child(here, 'name'), entry.name, detail));
      const identities = new Set<string>();
      each(entry.resources).forEach((resource, third) => {
        const spot = index(child(here, 'resources'), third);
        if (!health.includes(resource.health ?? ''))
          errors.push(notSupported(child(spot, 'health'), resource.health ?? '', health));
        if (identities.has(resource.resourceID)) errors.push(duplicate(child(spot, 'resourceID'), resource.resourceID));
        identities.add(resource.resourceID);
      });
    }),
  );
}

export function validatePodStatus(pod: Pod, old: Pod): FieldError[] {
  const errors: Errors = [];
  const { spec, status = {} } = pod;
  const before = old.status ?? {};
  validateChangedAnnotations(errors, pod, old);
  each(status.conditions).forEach(({ type = '' }, at) => {
    if (!systemConditions.has(type)) qualified(errors, type, child(index('metadata.conditions', at), 'Type'));
  });
  if (spec.nodeName !== old.spec.nodeName) errors.push(forbidden('status.nodeName', 'may not be changed directly'));
  if (status.nominatedNodeName && status.nominatedNodeName !== before.nominatedNodeName)
    subdomain(errors, status.nominatedNodeName, 'status.nominatedNodeName');
  if ((status.qosClass ?? '') !== (before.qosClass ?? ''))
    errors.push(invalid('status.qosClass', status.qosClass ?? '', 'field is immutable'));
  allTransitions(errors, status, before, old.spec);
  claimStatuses(errors, status, spec);
  addresses(errors, each(status.podIPs), 'core.v1.PodIP', 'status.podIPs');
  const first = status.hostIPs?.[0]?.ip;
  if (first !== undefined && (status.hostIP ?? '') !== first)
    errors.push(invalid('status.hostIPs[0].ip', first, 'must be equal to `hostIP`'));
  addresses(errors, each(status.hostIPs), 'core.v1.HostIP', 'status.hostIPs');
  const lists = ['containerStatuses', 'initContainerStatuses', 'ephemeralContainerStatuses'] as const;
  for (const name of lists) users(errors, each(status[name]), spec, child('status', name));
  allocated(errors, each(status.containerStatuses), each(spec.containers), 'status.containerStatuses');
  allocated(errors, each(status.initContainerStatuses), each(spec.initContainers), 'status.initContainerStatuses');
  each(status.ephemeralContainerStatuses).forEach(({ allocatedResourcesStatus }, at) => {
    const here = child(index('status.ephemeralContainerStatuses', at), 'allocatedResourcesStatus');
    if (each(allocatedResourcesStatus).length > 0)
      errors.push(forbidden(here, 'must not be specified in container status'));
  });
  return errors;
}
