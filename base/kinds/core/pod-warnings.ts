/** Words about pods that are accepted (api/pod `GetWarningsForPod`). */
import { child, index, key, quote } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import type { ObjectMeta } from '@orrery/machinery/meta';
import { validateLabelValue } from '@orrery/machinery/names';
import { canonicalQuantity, toMilli } from '@orrery/machinery/quantity';
import { ipWarnings } from '../addresses.ts';
import { each } from '../fill.ts';
import type {
  Container,
  ContainerPort,
  NodeSelectorTerm,
  PersistentVolumeClaimSpec,
  PodSpec,
  Volume,
} from '../types.data.ts';

const nodeLabels: Readonly<Record<string, string>> = {
  'beta.kubernetes.io/arch': 'deprecated since v1.14; use "kubernetes.io/arch" instead',
  'beta.kubernetes.io/os': 'deprecated since v1.14; use "kubernetes.io/os" instead',
  'failure-domain.beta.kubernetes.io/region': 'deprecated since v1.17; use "topology.kubernetes.io/region" instead',
  'failure-domain.beta.kubernetes.io/zone': 'deprecated since v1.17; use "topology.kubernetes.io/zone" instead',
  'beta.kubernetes.io/instance-type': 'deprecated since v1.17; use "node.kubernetes.io/instance-type" instead',
  'app.kubernetes.io/created-by': 'deprecated since v1.9',
  'scheduler.alpha.kubernetes.io/preferAvoidPods': 'deprecated since v1.22; use Taints and Tolerations instead',
  'node-role.kubernetes.io/master': 'use "node-role.kubernetes.io/control-plane" instead',
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

const podAnnotations: readonly (readonly [name: string, text: string])[] = [
  ['scheduler.alpha.kubernetes.io/critical-pod', 'non-functional in v1.16+; use the "priorityClassName" field instead'],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  ['security.alpha.kubernetes.io/unsafe-sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
];
const seccompText = 'non-functional in v1.27+; use the "seccompProfile" field instead';
const appArmorText = 'deprecated since v1.30; use the "appArmorProfile" field instead';

/** Labels of nodes that are no longer, in a term that selects nodes; preferred terms may also ask for values no label has. */
export function nodeTermWarnings(term: NodeSelectorTerm | undefined, isPreferred: boolean, path: FieldPath): string[] {
  return each(term?.matchExpressions).flatMap(({ key: name, values }, at) => {
    const here = index(child(path, 'matchExpressions'), at);
    const text = nodeLabels[name];
    const texts = text ? [`${child(here, 'key')}: ${name} is ${text}`] : [];
    if (!isPreferred) return texts;
    const odd = each(values).flatMap((value, place) =>
      validateLabelValue(value).map(
        problem => `${index(child(here, 'values'), place)}: ${value} is invalid, ${problem}`,
      ),
    );
    return [...texts, ...odd];
  });
}

function ofPlacement(spec: PodSpec, path: FieldPath): string[] {
  const texts: string[] = [];
  for (const name of Object.keys(spec.nodeSelector ?? {}).sort()) {
    if (nodeLabels[name]) texts.push(`${key(child(path, 'nodeSelector'), name)}: ${nodeLabels[name]}`);
  }
  const node = spec.affinity?.nodeAffinity;
  const at = child(path, 'affinity', 'nodeAffinity');
  const must = child(at, 'requiredDuringSchedulingIgnoredDuringExecution', 'nodeSelectorTerms');
  each(node?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms).forEach((term, entry) =>
    texts.push(...nodeTermWarnings(term, false, index(must, entry))),
  );
  const may = child(at, 'preferredDuringSchedulingIgnoredDuringExecution');
  each(node?.preferredDuringSchedulingIgnoredDuringExecution).forEach((term, entry) =>
    texts.push(...nodeTermWarnings(term.preference, true, child(index(may, entry), 'preference'))),
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
  return each(spec.volumes).flatMap((volume, at) => {
    const here = index(child(path, 'volumes'), at);
    const old = Object.entries(volumeSources).flatMap(([name, text]) =>
      volume[name as keyof Volume] ? [`${child(here, name === 'storageos' ? 'storageOS' : name)}: ${text}`] : [],
    );
    const claim = volume.ephemeral?.volumeClaimTemplate?.spec;
    return claim ? [...old, ...claimWarnings(claim, child(here, 'ephemeral', 'volumeClaimTemplate.spec'))] : old;
  });
}

/** Files of one volume that lie where another one has a token. */
function ofTokens(spec: PodSpec, path: FieldPath): string[] {
  const tokens = new Set(
    each(spec.volumes).flatMap(({ projected }) =>
      each(projected?.sources).flatMap(({ serviceAccountToken: token }) => (token ? [token.path] : [])),
    ),
  );
  if (tokens.size === 0) return [];
  return each(spec.volumes).flatMap(({ projected }, at) => {
    const sources = child(index(child(path, 'volumes'), at), 'projected', 'sources');
    const clash = (items: readonly { path: string }[] | undefined, name: string): string[] =>
      each(items).flatMap(({ path: file }, place) =>
        tokens.has(file)
          ? [`${index(child(sources, name), place)}: has duplicated path with ServiceAccountToken ${quote(file)}`]
          : [],
      );
    return each(projected?.sources).flatMap(({ configMap, secret, downwardAPI }) => [
      ...clash(configMap?.items, 'configMap'),
      ...clash(secret?.items, 'secrets'),
      ...clash(downwardAPI?.items, 'downwardAPI'),
    ]);
  });
}

const isFraction = (amount: string | undefined): boolean =>
  amount !== undefined && /[.mnu]/.test(amount) && toMilli(amount) % 1000 !== 0;

/** Parts of a byte. */
function ofBytes(
  amounts: Readonly<Record<string, string>> | undefined,
  names: readonly string[],
  path: FieldPath,
): string[] {
  return names.flatMap(name => {
    const amount = amounts?.[name];
    if (!isFraction(amount)) return [];
    return [
      `${key(path, name)}: fractional byte value ${quote(canonicalQuantity(amount!))} is invalid, must be an integer`,
    ];
  });
}

export const claimWarnings = ({ resources }: PersistentVolumeClaimSpec, path: FieldPath): string[] =>
  (['requests', 'limits'] as const).flatMap(kind =>
    ofBytes(resources?.[kind], ['storage'], child(path, 'resources', kind)),
  );

const ofAmounts = ({ resources }: Container, path: FieldPath): string[] =>
  ['memory', 'ephemeral-storage'].flatMap(name =>
    (['limits', 'requests'] as const).flatMap(kind =>
      ofBytes(resources?.[kind], [name], child(path, 'resources', kind)),
    ),
  );

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
      const alone =
        port.hostIP && !port.hostPort
          ? [
              `${path}: hostIP set without hostPort: {Name:${port.name ?? ''} HostPort:0 ContainerPort:${port.containerPort} Protocol:${port.protocol} HostIP:${port.hostIP}}`,
            ]
          : [];
      const name = `${port.containerPort}/${port.protocol}`;
      const others = known.get(name) ?? [];
      const texts = others.flatMap(other => {
        const what = clash(port, other.port);
        return what ? [`${path}: ${what} with ${other.path}`] : [];
      });
      known.set(name, [...others, { port, path }]);
      return [...alone, ...texts];
    }),
  );
}

/** Init containers come first. */
const containersOf = (spec: PodSpec, path: FieldPath): (readonly [Container, FieldPath])[] =>
  (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap(list =>
    each(spec[list]).map((container, at) => [container as Container, index(child(path, list), at)] as const),
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

const annotationAt = (path: FieldPath, name: string): FieldPath => key(child(path, 'metadata', 'annotations'), name);

function ofAnnotations(meta: Meta, path: FieldPath): string[] {
  return podAnnotations.flatMap(([name, text]) =>
    meta?.annotations?.[name] === undefined ? [] : [`${annotationAt(path, name)}: ${text}`],
  );
}

/** Profiles that only an annotation names. The server turns a pod's own AppArmor annotations into fields. */
function ofProfiles(meta: Meta, spec: PodSpec, { name, securityContext }: Container, path: FieldPath): string[] {
  const annotations = meta?.annotations;
  if (!annotations) return [];
  const seccomp = `container.seccomp.security.alpha.kubernetes.io/${name}`;
  const appArmor = `container.apparmor.security.beta.kubernetes.io/${name}`;
  const hasAppArmor = spec.securityContext?.appArmorProfile ?? securityContext?.appArmorProfile;
  return [
    ...(annotations[seccomp] !== undefined && !securityContext?.seccompProfile
      ? [`${annotationAt(path, seccomp)}: ${seccompText}`]
      : []),
    ...(annotations[appArmor] !== undefined && path !== '' && !hasAppArmor
      ? [`${annotationAt(path, appArmor)}: ${appArmorText}`]
      : []),
  ];
}

function ofPodProfile(meta: Meta, spec: PodSpec, path: FieldPath): string[] {
  const name = 'seccomp.security.alpha.kubernetes.io/pod';
  const isOnlyNoted = meta?.annotations?.[name] !== undefined && !spec.securityContext?.seccompProfile;
  return isOnlyNoted ? [`${annotationAt(path, name)}: ${seccompText}`] : [];
}

const ofAddresses = (spec: PodSpec, path: FieldPath): string[] => [
  ...each(spec.dnsConfig?.nameservers).flatMap((server, at) =>
    ipWarnings(index(child(path, 'dnsConfig', 'nameservers'), at), server),
  ),
  ...each(spec.hostAliases).flatMap((alias, at) =>
    ipWarnings(child(index(child(path, 'hostAliases'), at), 'ip'), alias.ip),
  ),
];

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
    ...ofAnnotations(meta, path),
    ...ofVolumes(spec, at),
    ...ofTokens(spec, at),
    ...repeated(
      each(spec.hostAliases).map(alias => alias.ip),
      child(at, 'hostAliases'),
      'ip',
    ),
    ...repeated(secrets, secretsAt, 'name'),
    ...secrets.flatMap((name, place) =>
      name === '' ? [`${child(index(secretsAt, place), 'name')}: invalid empty name ""`] : [],
    ),
    ...ofBytes(spec.overhead, ['memory', 'ephemeral-storage'], child(at, 'overhead')),
    ...ofPodProfile(meta, spec, path),
    ...containers.flatMap(([container, here]) => [
      ...ofProfiles(meta, spec, container, path),
      ...ofAmounts(container, here),
      ...ofEnvironment(container, here),
    ]),
    ...ofPorts(containers),
    ...(negative
      ? [
          `${child(at, 'terminationGracePeriodSeconds')}: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...ofPodAffinity(spec, at),
    ...ofAddresses(spec, at),
  ];
}
