/** Words about pods that are accepted (api/pod `GetWarningsForPod`). */
import { child, index, key, quote } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import type { ObjectMeta } from '@orrery/machinery/meta';
import { each } from '../fill.ts';
import type { Container, ContainerPort, PodSpec, Volume } from '../types.data.ts';

const nodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
};

const volumeSources: Readonly<Partial<Record<keyof Volume, string>>> = {
  photonPersistentDisk: 'deprecated in v1.11, non-functional in v1.16+',
  gitRepo: 'deprecated in v1.11, and disabled by default in v1.33+',
  scaleIO: 'deprecated in v1.16, non-functional in v1.22+',
  flocker: 'deprecated in v1.22, non-functional in v1.25+',
  storageos: 'deprecated in v1.22, non-functional in v1.25+',
  quobyte: 'deprecated in v1.22, non-functional in v1.25+',
  glusterfs: 'deprecated in v1.25, non-functional in v1.26+',
  cephfs: 'deprecated in v1.28, non-functional in v1.31+',
  rbd: 'deprecated in v1.28, non-functional in v1.31+',
};

const podAnnotations: readonly (readonly [prefix: string, text: string])[] = [
  ['seccomp.security.alpha.kubernetes.io/pod', 'non-functional in v1.27+; use the "seccompProfile" field instead'],
  [
    'container.seccomp.security.alpha.kubernetes.io/',
    'non-functional in v1.27+; use the "seccompProfile" field instead',
  ],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  [
    'container.apparmor.security.beta.kubernetes.io/',
    'deprecated since v1.30; use the "appArmorProfile" field instead',
  ],
];

function ofPlacement(spec: PodSpec, path: FieldPath): string[] {
  const texts: string[] = [];
  for (const name of Object.keys(spec.nodeSelector ?? {}).sort()) {
    if (nodeLabels[name]) texts.push(`${key(child(path, 'nodeSelector'), name)}: ${nodeLabels[name]}`);
  }
  const node = spec.affinity?.nodeAffinity;
  const at = child(path, 'affinity', 'nodeAffinity');
  const ofTerm = (term: { matchExpressions?: { key: string }[] } | undefined, place: FieldPath): void =>
    each(term?.matchExpressions).forEach((expression, entry) => {
      const text = nodeLabels[expression.key];
      if (text)
        texts.push(`${child(index(child(place, 'matchExpressions'), entry), 'key')}: ${expression.key} is ${text}`);
    });
  const must = child(at, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  each(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).forEach((term, entry) =>
    ofTerm(term, index(must, entry)),
  );
  const may = child(at, 'preferredDuringSchedulingIgnoredDuringExecution');
  each(node?.preferredDuringSchedulingIgnoredDuringExecution).forEach((term, entry) =>
    ofTerm(term.preference, child(index(may, entry), 'preference')),
  );
  each(spec.topologySpreadConstraints).forEach(({ topologyKey, labelSelector }, entry) => {
    const here = index(child(path, 'topologySpreadConstraints'), entry);
    const text = nodeLabels[topologyKey];
    if (text) texts.push(`${child(here, 'topologyKey')}: ${topologyKey} is ${text}`);
    if (!labelSelector) texts.push(`${child(here, 'labelSelector')}: a null labelSelector results in matching no pod`);
  });
  return texts;
}

function ofVolumes(spec: PodSpec, path: FieldPath): string[] {
  return each(spec.volumes).flatMap((volume, at) =>
    Object.entries(volumeSources).flatMap(([name, text]) =>
      volume[name as keyof Volume]
        ? [`${child(index(child(path, 'volumes'), at), name === 'storageos' ? 'storageOS' : name)}: ${text}`]
        : [],
    ),
  );
}

function ofAmounts({ resources }: Container, path: FieldPath): string[] {
  return (['memory', 'ephemeral-storage'] as const).flatMap(name =>
    (['limits', 'requests'] as const).flatMap(kind => {
      const amount = resources?.[kind]?.[name];
      return amount?.endsWith('m')
        ? [
            `${key(child(path, 'resources', kind), name)}: fractional byte value ${quote(amount)} is invalid, must be an integer`,
          ]
        : [];
    }),
  );
}

/** A variable given twice is meant only where the second builds on the first: `A="$(A)/x"`. */
function ofEnvironment({ env }: Container, path: FieldPath): string[] {
  const seen = new Set<string>();
  return each(env).flatMap(({ name, value = '', valueFrom }, at) => {
    if (!seen.has(name)) {
      seen.add(name);
      return [];
    }
    const reference = `$(${name})`;
    if (!valueFrom && value !== reference && value.includes(reference)) return [];
    return [
      `${index(child(path, 'env'), at)}: hides previous definition of ${quote(name)}, which may be dropped when using apply`,
    ];
  });
}

/** What one port definition says about another of the same number and protocol. */
function clash(port: ContainerPort, other: ContainerPort): string | undefined {
  const [ip, otherIp] = [port.hostIP ?? '', other.hostIP ?? ''];
  const [host, otherHost] = [port.hostPort ?? 0, other.hostPort ?? 0];
  if (ip === otherIp && host === otherHost) return 'duplicate port definition';
  if (host === 0 || otherHost === 0) return 'overlapping port definition';
  return host === otherHost && (ip === '') !== (otherIp === '') ? 'dangerously ambiguous port definition' : undefined;
}

function ofPorts(containers: readonly (readonly [Container, FieldPath])[]): string[] {
  const known = new Map<string, { port: ContainerPort; path: FieldPath }[]>();
  return containers.flatMap(([{ ports }, at]) =>
    each(ports).flatMap((port, place) => {
      const path = index(child(at, 'ports'), place);
      const name = `${port.containerPort}/${port.protocol}`;
      const others = known.get(name) ?? [];
      const texts = others.flatMap(other => {
        const what = clash(port, other.port);
        return what ? [`${path}: ${what} with ${other.path}`] : [];
      });
      known.set(name, [...others, { port, path }]);
      return texts;
    }),
  );
}

/** Init containers come first. */
const containersOf = (spec: PodSpec, path: FieldPath): (readonly [Container, FieldPath])[] =>
  (['initContainers', 'containers'] as const).flatMap(list =>
    each(spec[list]).map((container, at) => [container, index(child(path, list), at)] as const),
  );

function repeated(names: readonly string[], path: FieldPath, field: string): string[] {
  return names.flatMap((name, at) =>
    names.indexOf(name) < at ? [`${child(index(path, at), field)}: duplicate ${field} ${quote(name)}`] : [],
  );
}

function ofPodAffinity(spec: PodSpec, path: FieldPath): string[] {
  const nothing = (at: FieldPath): string =>
    `${child(at, 'labelSelector')}: a null labelSelector results in matching no pod`;
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap(kind => {
    const at = child(path, 'affinity', kind);
    const must = child(at, 'requiredDuringSchedulingIgnoredDuringExecution');
    const may = child(at, 'preferredDuringSchedulingIgnoredDuringExecution');
    const affinity = spec.affinity?.[kind];
    return [
      ...each(affinity?.requiredDuringSchedulingIgnoredDuringExecution).flatMap((term, place) =>
        term.labelSelector ? [] : [nothing(index(must, place))],
      ),
      ...each(affinity?.preferredDuringSchedulingIgnoredDuringExecution).flatMap(({ podAffinityTerm }, place) =>
        podAffinityTerm.labelSelector ? [] : [nothing(child(index(may, place), 'podAffinityTerm'))],
      ),
    ];
  });
}

function ofAnnotations(meta: Meta, isTemplate: boolean, path: FieldPath): string[] {
  return Object.keys(meta?.annotations ?? {})
    .sort()
    .flatMap(name => {
      const known = podAnnotations.find(([prefix]) =>
        prefix.endsWith('/') ? name.startsWith(prefix) : name === prefix,
      );
      // The server turns a pod's own AppArmor annotations into fields.
      if (!known || (known[0].includes('apparmor') && !isTemplate)) return [];
      return [`${key(child(path, 'metadata', 'annotations'), name)}: ${known[1]}`];
    });
}

type Meta = Pick<ObjectMeta, 'annotations'> | undefined;

/** The texts about a pod (`path` empty) or a template, in upstream's order. */
export function podWarnings(meta: Meta, spec: PodSpec | undefined, path: FieldPath): string[] {
  if (!spec) return [];
  const at = child(path, 'spec');
  const containers = containersOf(spec, at);
  const secrets = each(spec.imagePullSecrets).map(({ name }) => name ?? '');
  const secretsAt = child(at, 'imagePullSecrets');
  const negative = (spec.terminationGracePeriodSeconds ?? 0) < 0;
  return [
    ...ofPlacement(spec, at),
    ...ofAnnotations(meta, path !== '', path),
    ...ofVolumes(spec, at),
    ...repeated(
      each(spec.hostAliases).map(alias => alias.ip),
      child(at, 'hostAliases'),
      'ip',
    ),
    ...repeated(secrets, secretsAt, 'name'),
    ...secrets.flatMap((name, place) =>
      name === '' ? [`${child(index(secretsAt, place), 'name')}: invalid empty name ""`] : [],
    ),
    ...containers.flatMap(([container, here]) => [...ofAmounts(container, here), ...ofEnvironment(container, here)]),
    ...ofPorts(containers),
    ...(negative
      ? [
          `${child(at, 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...ofPodAffinity(spec, at),
  ];
}
