/** The files of configMap, secret, downwardAPI and projected volumes. */
import type {
  ConfigMap,
  DownwardAPIVolumeFile,
  KeyToPath,
  Pod,
  Secret,
  ServiceAccountTokenProjection,
  Volume,
  VolumeProjection,
} from '@orrery/kinds/types';
import { missing, type ConfigSources } from '../env/resolve.ts';
import { podField, resourceField, type PodAddresses } from '../env/fields.ts';
import { namespaceOf } from '../pods/pod.ts';
import type { PayloadFile } from './atomic-writer.ts';

export interface PayloadInput {
  pod: Pod;
  addresses: PodAddresses;
  allocatable: Record<string, string>;
  sources: ConfigSources;
  /** A token for the pod's service account. */
  token(pod: Pod, projection: ServiceAccountTokenProjection): Promise<string>;
}

type Files = Map<string, PayloadFile>;

const utf8 = new TextEncoder();

/** True for the volumes whose files come from the API, and so can change while the pod runs. */
export const hasPayload = (volume: Volume): boolean =>
  (volume.configMap ?? volume.secret ?? volume.downwardAPI ?? volume.projected) !== undefined;

/** All files of a volume. Rejects in upstream's words when something that is not optional is missing. */
export async function payloadOf(volume: Volume, input: PayloadInput): Promise<Files> {
  const { configMap, secret, downwardAPI, projected } = volume;
  if (configMap) return projectConfigMap(configMap, configMap.defaultMode ?? 0o644, input);
  if (secret) {
    const { secretName: name, items, optional } = secret;
    return projectSecret({ name, items, optional }, secret.defaultMode ?? 0o644, input);
  }
  if (downwardAPI) return projectFields(downwardAPI.items ?? [], downwardAPI.defaultMode ?? 0o644, input);
  const files: Files = new Map();
  for (const source of projected?.sources ?? []) {
    for (const [name, file] of await project(source, projected?.defaultMode ?? 0o644, input)) files.set(name, file);
  }
  return files;
}

async function project(source: VolumeProjection, mode: number, input: PayloadInput): Promise<Files> {
  if (source.configMap) return projectConfigMap(source.configMap, mode, input);
  if (source.secret) return projectSecret(source.secret, mode, input);
  if (source.downwardAPI) return projectFields(source.downwardAPI.items ?? [], mode, input);
  if (source.serviceAccountToken) return projectToken(source.serviceAccountToken, mode, input);
  throw new Error('this kind of projection is not supported by this node');
}

interface Reference {
  name?: string;
  items?: KeyToPath[];
  optional?: boolean;
}

async function projectConfigMap(
  { name = '', items, optional = false }: Reference,
  mode: number,
  { pod, sources }: PayloadInput,
): Promise<Files> {
  const found = await sources.configMap(namespaceOf(pod), name);
  if (!found && !optional) throw missing('ConfigMap', name);
  return select(contentOf(found), items, { mode, optional, what: 'config' });
}

function contentOf(configMap: ConfigMap | undefined): Map<string, Uint8Array> {
  const content = new Map<string, Uint8Array>();
  for (const [key, text] of Object.entries(configMap?.data ?? {})) content.set(key, utf8.encode(text));
  for (const [key, base64] of Object.entries(configMap?.binaryData ?? {}))
    content.set(key, Buffer.from(base64, 'base64'));
  return content;
}

async function projectSecret(
  { name = '', items, optional = false }: Reference,
  mode: number,
  { pod, sources }: PayloadInput,
): Promise<Files> {
  const found: Secret | undefined = await sources.secret(namespaceOf(pod), name);
  if (!found && !optional) throw missing('Secret', name);
  const content = Object.entries(found?.data ?? {}).map(([key, base64]): [string, Uint8Array] => [
    key,
    Buffer.from(base64, 'base64'),
  ]);
  return select(new Map(content), items, { mode, optional, what: 'secret' });
}

function select(
  content: ReadonlyMap<string, Uint8Array>,
  items: readonly KeyToPath[] | undefined,
  { mode, optional, what }: { mode: number; optional: boolean; what: string },
): Files {
  if (!items || items.length === 0) return new Map([...content].map(([key, data]) => [key, { data, mode }]));
  const files: Files = new Map();
  for (const { key, path, mode: own } of items) {
    const data = content.get(key);
    if (data) files.set(path, { data, mode: own ?? mode });
    else if (!optional) throw new Error(`references non-existent ${what} key: ${key}`);
  }
  return files;
}

function projectFields(
  items: readonly DownwardAPIVolumeFile[],
  mode: number,
  { pod, addresses, allocatable }: PayloadInput,
): Files {
  const files: Files = new Map();
  for (const { path, fieldRef, resourceFieldRef, mode: own } of items) {
    let text = '';
    if (fieldRef) text = podField(pod, fieldRef.fieldPath, addresses);
    else if (resourceFieldRef) {
      const all = [...pod.spec.containers, ...(pod.spec.initContainers ?? [])];
      const container = all.find(({ name }) => name === resourceFieldRef.containerName);
      if (!container) throw new Error(`container ${resourceFieldRef.containerName} not found`);
      text = resourceField(container, resourceFieldRef, allocatable);
    }
    files.set(path, { data: utf8.encode(text), mode: own ?? mode });
  }
  return files;
}

/**
 * A token is for its pod alone: readable by the group when the pod has an fsGroup, by the one user when all its containers run as the
 * same, else by everybody inside.
 */
async function projectToken(
  projection: ServiceAccountTokenProjection,
  mode: number,
  { pod, token }: PayloadInput,
): Promise<Files> {
  const text = await token(pod, projection);
  const user = commonUser(pod);
  const hasGroup = pod.spec.securityContext?.fsGroup !== undefined;
  const file: PayloadFile = { data: utf8.encode(text), mode: hasGroup || user !== undefined ? 0o600 : mode };
  if (!hasGroup && user !== undefined) file.uid = user;
  return new Map([[projection.path, file]]);
}

function commonUser({ spec }: Pod): number | undefined {
  const all = [...(spec.initContainers ?? []), ...spec.containers];
  const users = new Set(all.map(container => container.securityContext?.runAsUser ?? spec.securityContext?.runAsUser));
  const [user] = users;
  return users.size === 1 ? user : undefined;
}
