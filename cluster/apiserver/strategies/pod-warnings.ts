/** What a pod's spec asks for that will not work as it reads (upstream `pkg/api/pod/warnings.go`). Pure. */
import type { Container, Pod, PodSpec, PodTemplateSpec } from '@orrery/kinds/types';
import type { KubeObject, ObjectMeta } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';

const nodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const annotations: Readonly<Record<string, string>> = {
  'scheduler.alpha.kubernetes.io/critical-pod': 'non-functional in v1.16+; use the "priorityClassName" field instead',
  'security.alpha.kubernetes.io/sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
  'security.alpha.kubernetes.io/unsafe-sysctls': 'non-functional in v1.11+; use the "sysctls" field instead',
};

const volumePlugins: Readonly<Record<string, string>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const nullSelector = 'a null labelSelector results in matching no pod';

function placement(spec: PodSpec, at: string): string[] {
  const told: string[] = [];
  for (const label in spec.nodeSelector) {
    if (nodeLabels[label]) told.push(`${at}.nodeSelector[${label}]: ${nodeLabels[label]}`);
  }
  spec.topologySpreadConstraints?.forEach((constraint, i) => {
    const place = `${at}.topologySpreadConstraints[${i}]`;
    const deprecated = nodeLabels[constraint.topologyKey];
    if (deprecated) told.push(`${place}.topologyKey: ${constraint.topologyKey} is ${deprecated}`);
    if (!constraint.labelSelector) told.push(`${place}.labelSelector: ${nullSelector}`);
  });
  return told;
}

function volumes(spec: PodSpec, at: string): string[] {
  return (spec.volumes ?? []).flatMap((volume, i) =>
    Object.keys(volumePlugins)
      .filter(plugin => volume[plugin as keyof typeof volume] !== undefined)
      // One field is called otherwise in messages than on the wire.
      .map(plugin => `${at}.volumes[${i}].${plugin === 'storageos' ? 'storageOS' : plugin}: ${volumePlugins[plugin]}`),
  );
}

/** The values of a list that were there before, each with its place. */
function repeated<T>(list: readonly T[] | undefined, key: (item: T) => string): [number, string][] {
  const seen = new Set<string>();
  return (list ?? []).flatMap((item, i) => {
    const name = key(item);
    if (seen.has(name)) return [[i, name] as [number, string]];
    seen.add(name);
    return [];
  });
}

function lists(spec: PodSpec, at: string): string[] {
  const quoted = JSON.stringify;
  const secrets = spec.imagePullSecrets;
  return [
    ...repeated(spec.hostAliases, ({ ip }) => ip).map(
      ([i, ip]) => `${at}.hostAliases[${i}].ip: duplicate ip ${quoted(ip)}`,
    ),
    ...repeated(secrets, ({ name }) => name ?? '').map(
      ([i, name]) => `${at}.imagePullSecrets[${i}].name: duplicate name ${quoted(name)}`,
    ),
    ...(secrets ?? []).flatMap(({ name }, i) =>
      name ? [] : [`${at}.imagePullSecrets[${i}].name: invalid empty name ""`],
    ),
  ];
}

function environment(container: Container, at: string): string[] {
  const variables = container.env ?? [];
  return repeated(variables, ({ name }) => name).flatMap(([i, name]) => {
    const { value = '', valueFrom } = variables[i]!;
    const reference = `$(${name})`;
    const extends_ = valueFrom === undefined && value !== reference && value.includes(reference);
    if (extends_) return [];
    return [
      `${at}.env[${i}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    ];
  });
}

/** A memory or storage quantity in thousandths: nobody can have half a byte. */
function resources(container: Container, at: string): string[] {
  return (['limits', 'requests'] as const).flatMap(kind =>
    ['memory', 'ephemeral-storage'].flatMap(name => {
      const text = String(container.resources?.[kind]?.[name] ?? '');
      if (!/^\d+m$/.test(text) || Number(text.slice(0, -1)) % 1000 === 0) return [];
      return [
        `${at}.resources.${kind}[${name}]: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`,
      ];
    }),
  );
}

function ports(containers: readonly (readonly [Container, string])[]): string[] {
  const known = new Map<string, { place: string; host: string }[]>();
  const told: string[] = [];
  for (const [container, at] of containers) {
    container.ports?.forEach((port, i) => {
      const place = `${at}.ports[${i}]`;
      const key = `${port.containerPort}/${port.protocol ?? 'TCP'}`;
      const host = `${port.hostIP ?? ''}:${port.hostPort ?? 0}`;
      const others = known.get(key) ?? [];
      for (const other of others) {
        if (other.host === host) told.push(`${place}: duplicate port definition with ${other.place}`);
        else if (host.endsWith(':0') || other.host.endsWith(':0'))
          told.push(`${place}: overlapping port definition with ${other.place}`);
      }
      known.set(key, [...others, { place, host }]);
    });
  }
  return told;
}

/** @param at where the spec and its metadata are: empty for a pod, `spec.template.` for a template */
export function podWarnings(spec: PodSpec | undefined, metadata: ObjectMeta | undefined, at = ''): string[] {
  if (spec === undefined) return [];
  const place = `${at}spec`;
  const containers = [
    ...(spec.initContainers ?? []).map((container, i) => [container, `${place}.initContainers[${i}]`] as const),
    ...(spec.containers ?? []).map((container, i) => [container, `${place}.containers[${i}]`] as const),
  ];
  const told = Object.keys(annotations).filter(name => metadata?.annotations?.[name] !== undefined);
  const grace = spec.terminationGracePeriodSeconds ?? 0;
  return [
    ...placement(spec, place),
    ...told.map(name => `${at}metadata.annotations[${name}]: ${annotations[name]}`),
    ...volumes(spec, place),
    ...lists(spec, place),
    ...containers.flatMap(([container, path]) => [...resources(container, path), ...environment(container, path)]),
    ...ports(containers),
    ...(grace < 0
      ? [`${place}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`]
      : []),
  ];
}

export const warningsOfPod: Strategy['warnings'] = object => podWarnings((object as Pod).spec, object.metadata);

type Templated = KubeObject & { spec?: { template?: PodTemplateSpec } };

/** Warnings of the template, when it is new or its owner's content changed. */
export const warningsOfTemplate: Strategy['warnings'] = (object, old) => {
  if (old && old.metadata.generation === object.metadata.generation) return [];
  const template = (object as Templated).spec?.template;
  return podWarnings(template?.spec, template?.metadata as ObjectMeta | undefined, 'spec.template.');
};
