/** The checks that level restricted adds, in the order in which upstream tells them. Pure. */
import { badSeccomp } from './baseline.ts';
import type { Check, CheckedContainer } from './pod.ts';
import { containersOf, containersText, namesWhere, plural, quoted, settersText, sorted } from './pod.ts';

export const allowPrivilegeEscalation: Check = ({ spec }) => {
  const names = namesWhere(spec, container => container.securityContext?.allowPrivilegeEscalation !== false);
  return names.length > 0
    ? {
        reason: 'allowPrivilegeEscalation != false',
        detail: `${containersText(names)} must set securityContext.allowPrivilegeEscalation=false`,
      }
    : undefined;
};

export const capabilities: Check = ({ spec }) => {
  const missing = namesWhere(spec, container => !container.securityContext?.capabilities?.drop?.includes('ALL'));
  const extra = ({ securityContext }: CheckedContainer) =>
    (securityContext?.capabilities?.add ?? []).filter(name => name !== 'NET_BIND_SERVICE');
  const adding = namesWhere(spec, container => extra(container).length > 0);
  const details: string[] = [];
  if (missing.length > 0) details.push(`${containersText(missing)} must set securityContext.capabilities.drop=["ALL"]`);
  const added = quoted(sorted(containersOf(spec).flatMap(extra)));
  if (adding.length > 0)
    details.push(`${containersText(adding)} must not include ${added} in securityContext.capabilities.add`);
  return details.length > 0 ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined;
};

const allowedVolumes = new Set(
  'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' '),
);

export const volumeTypes: Check = ({ spec }) => {
  const bad = (spec.volumes ?? []).flatMap(({ name, ...sources }) => {
    const types = Object.keys(sources).filter(type => sources[type] !== undefined && sources[type] !== null);
    return types.some(type => allowedVolumes.has(type)) || types.length === 0 ? [] : [{ name, type: types[0]! }];
  });
  if (bad.length === 0) return undefined;
  const types = sorted(bad.map(({ type }) => type));
  const volumes = `${plural('volume', 'volumes', bad.length)} ${quoted(bad.map(({ name }) => name))}`;
  const what = plural('restricted volume type', 'restricted volume types', types.length);
  return {
    reason: 'restricted volume types',
    detail: `${volumes} ${plural('uses', 'use', bad.length)} ${what} ${quoted(types)}`,
  };
};

export const runAsNonRoot: Check = ({ spec }) => {
  const reason = 'runAsNonRoot != true';
  const pod = spec.securityContext?.runAsNonRoot;
  const setters = settersText(
    pod === false,
    namesWhere(spec, container => container.securityContext?.runAsNonRoot === false),
  );
  if (setters) return { reason, detail: `${setters} must not set securityContext.runAsNonRoot=false` };
  const open = namesWhere(spec, container => container.securityContext?.runAsNonRoot === undefined && pod !== true);
  return open.length > 0
    ? { reason, detail: `pod or ${containersText(open)} must set securityContext.runAsNonRoot=true` }
    : undefined;
};

export const runAsUser: Check = ({ spec }) => {
  const setters = settersText(
    spec.securityContext?.runAsUser === 0,
    namesWhere(spec, container => container.securityContext?.runAsUser === 0),
  );
  return setters ? { reason: 'runAsUser=0', detail: `${setters} must not set runAsUser=0` } : undefined;
};

export const seccompProfile: Check = pod => {
  const bad = badSeccomp(pod);
  if (bad || pod.spec.securityContext?.seccompProfile) return bad;
  const open = namesWhere(pod.spec, container => !container.securityContext?.seccompProfile);
  return open.length > 0
    ? {
        reason: 'seccompProfile',
        detail: `pod or ${containersText(open)} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`,
      }
    : undefined;
};

/** Windows has no such fields. */
export const unlessWindows =
  (check: Check): Check =>
  pod =>
    pod.spec.os?.name === 'windows' ? undefined : check(pod);
