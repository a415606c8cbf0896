/**
 * Objects as upstream's messages show them: not in their JSON form but as the internal Go structures, with Go's field names, every field
 * written and empty ones as `null`. Only for messages.
 */
import { catalogue } from './catalogue.ts';
import { sortedMap } from './rules.ts';

type Json = Record<string, unknown>;

/** The order of fields where the internal structure differs from the served one. */
const podSpecOrder =
  'volumes initContainers containers ephemeralContainers restartPolicy terminationGracePeriodSeconds activeDeadlineSeconds dnsPolicy nodeSelector ' +
  'serviceAccountName automountServiceAccountToken nodeName securityContext imagePullSecrets hostname subdomain setHostnameAsFQDN affinity ' +
  'schedulerName tolerations hostAliases priorityClassName priority preemptionPolicy dnsConfig readinessGates runtimeClassName overhead ' +
  'enableServiceLinks topologySpreadConstraints os schedulingGates resourceClaims resources hostnameOverride';
const podSecurityOrder =
  'seLinuxOptions windowsOptions runAsUser runAsGroup runAsNonRoot supplementalGroups supplementalGroupsPolicy fsGroup fsGroupChangePolicy sysctls ' +
  'seccompProfile appArmorProfile seLinuxChangePolicy';
const volumeSourceOrder =
  'gcePersistentDisk awsElasticBlockStore hostPath glusterfs nfs rbd quobyte iscsi flexVolume cinder cephfs fc flocker azureFile vsphereVolume ' +
  'azureDisk photonPersistentDisk portworxVolume scaleIO local storageos csi';
const orders: Readonly<Record<string, readonly string[]>> = {
  'core.v1.PersistentVolumeSource': volumeSourceOrder.split(' '),
  'core.v1.PodSpec': podSpecOrder.split(' '),
  'core.v1.PodSecurityContext': podSecurityOrder.split(' '),
};

/** Structures that are part of another one when served. */
const partOf: Readonly<Record<string, string>> = { 'core.v1.PersistentVolumeSource': 'core.v1.PersistentVolumeSpec' };

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The value of a type such as `core.v1.PodSpec` or `*int64`. */
export function internalForm(type: string, value: unknown): unknown {
  if (type.startsWith('*')) return value === undefined || value === null ? null : internalForm(type.slice(1), value);
  if (type.startsWith('[]'))
    return Array.isArray(value) && value.length > 0 ? value.map(item => internalForm(type.slice(2), item)) : null;
  if (type.startsWith('map:')) {
    const map = value as Json | undefined;
    if (!map || Object.keys(map).length === 0) return null;
    return sortedMap(
      Object.fromEntries(Object.entries(map).map(([name, item]) => [name, internalForm(type.slice(4), item)])),
    );
  }
  const named = catalogue.file.named[type];
  if (named) return internalForm(named[0]!, value);
  if (type.startsWith('meta.v1.')) return value ?? {};
  return catalogue.file.types[partOf[type] ?? type]
    ? structure(type, (value ?? {}) as Json)
    : (value ?? empty[type] ?? null);
}

const empty: Readonly<Record<string, unknown>> = {
  string: '',
  bool: false,
  int32: 0,
  int64: 0,
  quantity: '0',
  intstr: 0,
  float64: 0,
};

function structure(type: string, value: Json): Json {
  const { fields } = catalogue.file.types[partOf[type] ?? type]!;
  const result: Json = {};
  for (const name of orders[type] ?? Object.keys(fields)) {
    const facts = fields[name];
    if (facts) result[facts.go ?? capital(name)] = internalForm(facts.type, value[name]);
  }
  if (type === 'core.v1.PodSpec')
    result['SecurityContext'] = podSecurity(value, result['SecurityContext'] as Json | null);
  return result;
}

/** Internally the host's namespaces are part of the security context. */
const podSecurity = (spec: Json, context: Json | null): Json => ({
  HostNetwork: spec['hostNetwork'] ?? false,
  HostPID: spec['hostPID'] ?? false,
  HostIPC: spec['hostIPC'] ?? false,
  ShareProcessNamespace: spec['shareProcessNamespace'] ?? null,
  HostUsers: spec['hostUsers'] ?? null,
  ...context,
});

/** JSON as Go writes it in messages: letters that mean something in HTML are escaped. */
export const goJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    /[<>&\u2028\u2029]/g,
    letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );

/** A value of a type as it stands in messages. */
export const shownInternal = (type: string, value: unknown): string => goJson(internalForm(type, value));

/** A pod template: its metadata keep their JSON names. */
export const internalTemplate = (template: { metadata?: object; spec?: object } | undefined): Json => {
  const metadata = { ...template?.metadata } as Json;
  if (metadata['labels']) metadata['labels'] = sortedMap(metadata['labels'] as Json);
  return { ...metadata, Spec: internalForm('core.v1.PodSpec', template?.spec) };
};

/** The difference between two values of a type as a unified diff of their indented JSON. */
export const internalDiff = (type: string, before: unknown, after: unknown): string =>
  unifiedDiff(lines(internalForm(type, before)), lines(internalForm(type, after)));

const lines = (value: unknown): string[] => JSON.stringify(value, undefined, 1).split('\n');

interface Edit {
  readonly sign: ' ' | '-' | '+';
  readonly text: string;
}

/** The shortest edit by the longest common subsequence, after cutting off what is equal at both ends. */
function editsOf(before: readonly string[], after: readonly string[]): Edit[] {
  let head = 0;
  while (head < before.length && head < after.length && before[head] === after[head]) head++;
  let tail = 0;
  while (tail < before.length - head && tail < after.length - head && before.at(-1 - tail) === after.at(-1 - tail))
    tail++;
  const keep = (text: string): Edit => ({ sign: ' ', text });
  const middle = middleEdits(before.slice(head, before.length - tail), after.slice(head, after.length - tail));
  return [...before.slice(0, head).map(keep), ...middle, ...before.slice(before.length - tail).map(keep)];
}

function middleEdits(before: readonly string[], after: readonly string[]): Edit[] {
  const width = after.length + 1;
  const common = new Uint32Array((before.length + 1) * width);
  for (let i = before.length - 1; i >= 0; i--) {
    for (let j = after.length - 1; j >= 0; j--) {
      const at = i * width + j;
      common[at] =
        before[i] === after[j] ? common[at + width + 1]! + 1 : Math.max(common[at + width]!, common[at + 1]!);
    }
  }
  const edits: Edit[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    const at = i * width + j;
    if (i < before.length && j < after.length && before[i] === after[j]) {
      edits.push({ sign: ' ', text: before[i++]! });
      j++;
    } else if (i < before.length && (j === after.length || common[at + width]! >= common[at + 1]!))
      edits.push({ sign: '-', text: before[i++]! });
    else edits.push({ sign: '+', text: after[j++]! });
  }
  return edits;
}

const context = 3;

/** Hunks with three lines of context, without a header. */
export function unifiedDiff(before: readonly string[], after: readonly string[]): string {
  const edits = editsOf(before, after);
  const changed = edits.flatMap(({ sign }, at) => (sign === ' ' ? [] : [at]));
  let text = '';
  for (let first = 0; first < changed.length;) {
    let last = first;
    while (last + 1 < changed.length && changed[last + 1]! - changed[last]! <= 2 * context) last++;
    text += hunk(edits, Math.max(0, changed[first]! - context), Math.min(edits.length, changed[last]! + context + 1));
    first = last + 1;
  }
  return text;
}

function hunk(edits: readonly Edit[], from: number, to: number): string {
  const range = (sign: '-' | '+'): string => {
    const counts = (list: readonly Edit[]): number =>
      list.filter(edit => edit.sign === ' ' || edit.sign === sign).length;
    const start = counts(edits.slice(0, from));
    const length = counts(edits.slice(from, to));
    return length === 1 ? `${start + 1}` : `${length === 0 ? start : start + 1},${length}`;
  };
  const body = edits.slice(from, to).map(({ sign, text }) => `${sign}${text}\n`);
  return `@@ -${range('-')} +${range('+')} @@\n${body.join('')}`;
}
