/** Validation of the drivers that pods and persistent volumes share (core/validation `validateISCSIVolumeSource` and others). */
import { child, forbidden, index, invalid, key, notSupported, required, tooLong } from '@orrery/machinery/fieldpath';
import type { FieldPath } from '@orrery/machinery/fieldpath';
import { inclusiveRangeError, validateDns1123Subdomain } from '@orrery/machinery/names';
import { each } from '../fill.ts';
import { label, oneOfIfSet, subdomain, tell } from '../rules.ts';
import type { Errors } from '../rules.ts';
import type {
  AzureDiskVolumeSource,
  FCVolumeSource,
  FlockerVolumeSource,
  PersistentVolumeSpec,
  QuobyteVolumeSource,
  SecretReference,
  Volume,
} from '../types.data.ts';
import { noBacksteps } from './reference-validation.ts';

export type Check<Source> = (errors: Errors, source: Source, path: FieldPath) => void;

/** `required` for each of these fields that is empty. */
export const need = (errors: Errors, source: object, names: readonly string[], path: FieldPath): void => {
  for (const name of names)
    if (!(source as Readonly<Record<string, unknown>>)[name]) errors.push(required(child(path, name)));
};

export const manyTypes = (path: FieldPath) => forbidden(path, 'may not specify more than 1 volume type');

/** 0 to 255: numbers of disks behind an address. */
function lun(errors: Errors, value: number | undefined, path: FieldPath): void {
  const given = value ?? 0;
  if (given < 0 || given > 255) errors.push(invalid(child(path, 'lun'), given, inclusiveRangeError(0, 255)));
}

const initiators: readonly (readonly [prefix: string, pattern: RegExp])[] = [
  ['iqn', /iqn\.\d{4}-\d{2}\.([A-Za-z0-9\-.]+)(:[^,;*&$|\s]+)$/],
  ['eui', /^eui.[A-Za-z0-9]{16}$/],
  ['naa', /^naa.[A-Za-z0-9]{32}$/],
];

/** `unknown` is what upstream says of a name that begins in no known way. */
function initiator(errors: Errors, name: string, unknown: string, path: FieldPath): void {
  const known = initiators.find(([prefix]) => name.startsWith(prefix));
  if (!known) errors.push(invalid(path, name, unknown));
  else if (!known[1].test(name)) errors.push(invalid(path, name, 'must be valid format'));
}

type Iscsi = NonNullable<Volume['iscsi']> | NonNullable<PersistentVolumeSpec['iscsi']>;

/** `volumeName` is given for persistent volumes. */
export function validateIscsi(errors: Errors, source: Iscsi, path: FieldPath, volumeName?: string): void {
  const { targetPortal = '', iqn, initiatorName, secretRef } = source;
  const isPersistent = volumeName !== undefined;
  const unknown = isPersistent ? 'must be valid format' : 'must be valid format starting with iqn, eui, or naa';
  if (!targetPortal) errors.push(required(child(path, 'targetPortal')));
  if (isPersistent && initiatorName !== undefined && `${volumeName}:${targetPortal}`.length > 64)
    errors.push(invalid(child(path, 'targetportal'), targetPortal, longPortal));
  if (!iqn) errors.push(required(child(path, 'iqn')));
  else initiator(errors, iqn, unknown, child(path, 'iqn'));
  lun(errors, source.lun, path);
  if ((source.chapAuthDiscovery || source.chapAuthSession) && !secretRef)
    errors.push(required(child(path, 'secretRef')));
  if (isPersistent && secretRef && !secretRef.name) errors.push(required(child(path, 'secretRef', 'name')));
  if (initiatorName !== undefined) initiator(errors, initiatorName, unknown, child(path, 'initiatorname'));
}

export const longPortal =
  'Total length of <volume name>:<iscsi.targetPortal> must be under 64 characters if iscsi.initiatorName is specified.';

function validateFibreChannel(errors: Errors, source: FCVolumeSource, path: FieldPath): void {
  const { targetWWNs, wwids } = source;
  const at = child(path, 'targetWWNs');
  const [targets, identities] = [each(targetWWNs).length, each(wwids).length];
  if (targets + identities === 0) errors.push(required(at, 'must specify either targetWWNs or wwids, but not both'));
  if (targets > 0 && identities > 0)
    errors.push(invalid(at, targetWWNs, 'targetWWNs and wwids can not be specified simultaneously'));
  if (targets === 0) return;
  if (source.lun === undefined) errors.push(required(child(path, 'lun'), 'lun is required if targetWWNs is specified'));
  else lun(errors, source.lun, path);
}

function validateDisk(field: 'pdName' | 'volumeID'): Check<{ partition?: number }> {
  return (errors, source, path) => {
    need(errors, source, [field], path);
    const { partition = 0 } = source;
    if (partition < 0 || partition > 255)
      errors.push(invalid(child(path, 'partition'), partition, inclusiveRangeError(1, 255)));
  };
}

function validateQuobyte(
  errors: Errors,
  { registry, tenant = '', volume }: QuobyteVolumeSource,
  path: FieldPath,
): void {
  const pairs = 'must be a host:port pair or multiple pairs separated by commas';
  if (!registry) errors.push(required(child(path, 'registry'), pairs));
  else if (tenant.length >= 65)
    errors.push(required(child(path, 'tenant'), 'must be a UUID and may not exceed a length of 64 characters'));
  else {
    for (const pair of registry.split(','))
      if (!/^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/.test(pair))
        errors.push(invalid(child(path, 'registry'), registry, pairs));
  }
  if (!volume) errors.push(required(child(path, 'volume')));
}

function validateFlocker(errors: Errors, { datasetName, datasetUUID }: FlockerVolumeSource, path: FieldPath): void {
  if (!datasetName && !datasetUUID) errors.push(required(path, 'one of datasetName and datasetUUID is required'));
  if (datasetName && datasetUUID)
    errors.push(invalid(path, 'resource', 'datasetName and datasetUUID can not be specified simultaneously'));
  if (datasetName?.includes('/')) errors.push(invalid(child(path, 'datasetName'), datasetName, "must not contain '/'"));
}

function validateAzureDisk(errors: Errors, source: AzureDiskVolumeSource, path: FieldPath): void {
  need(errors, source, ['diskName', 'diskURI'], path);
  const { kind, diskURI = '' } = source;
  oneOfIfSet(errors, source.cachingMode, ['None', 'ReadOnly', 'ReadWrite'], child(path, 'cachingMode'));
  oneOfIfSet(errors, kind, ['Dedicated', 'Managed', 'Shared'], child(path, 'kind'));
  if (kind === undefined) return;
  const managed = '/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}';
  const blob = 'https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd';
  if (kind === 'Managed' ? !diskURI.startsWith('/subscriptions/') : !diskURI.startsWith('https://'))
    errors.push(notSupported(child(path, 'diskURI'), diskURI, [kind === 'Managed' ? managed : blob]));
}

type Flex = { driver?: string; options?: Readonly<Record<string, string>> };

function validateFlex(errors: Errors, source: Flex, path: FieldPath): void {
  need(errors, source, ['driver'], path);
  for (const name of Object.keys(source.options ?? {})) {
    const domain = `.${name.split('/', 1)[0]!.toLowerCase()}`;
    if (domain.endsWith('.kubernetes.io') || domain.endsWith('.k8s.io')) {
      const detail = 'kubernetes.io and k8s.io namespaces are reserved';
      errors.push(invalid(key(child(path, 'options'), name), name, detail));
    }
  }
}

type StorageOs = { volumeName?: string; volumeNamespace?: string; secretRef?: { name?: string } };

function validateStorageOs(errors: Errors, source: StorageOs, path: FieldPath): void {
  const { volumeName, volumeNamespace, secretRef } = source;
  if (!volumeName) errors.push(required(child(path, 'volumeName')));
  else label(errors, volumeName, child(path, 'volumeName'));
  if (volumeNamespace) label(errors, volumeNamespace, child(path, 'volumeNamespace'));
  if (secretRef && !secretRef.name) errors.push(required(child(path, 'secretRef', 'name')));
}

const hostPathTypes = [
  '',
  'BlockDevice',
  'CharDevice',
  'Directory',
  'DirectoryOrCreate',
  'File',
  'FileOrCreate',
  'Socket',
];

/** The name of a driver: upper case is allowed as the registry of drivers does. */
export function validateDriverName(errors: Errors, name: string | undefined, path: FieldPath): void {
  const given = name ?? '';
  if (given === '') errors.push(required(path));
  if (given.length > 63) errors.push(tooLong(path, 63));
  tell(errors, path, given, validateDns1123Subdomain(given.toLowerCase()));
}

/** Where a persistent volume's secret lies. */
export function validateSecretReference(errors: Errors, reference: SecretReference | undefined, path: FieldPath): void {
  if (!reference) return;
  if (!reference.name) errors.push(required(child(path, 'name')));
  else subdomain(errors, reference.name, child(path, 'name'));
  if (!reference.namespace) errors.push(required(child(path, 'namespace')));
  else label(errors, reference.namespace, child(path, 'namespace'));
}

/** Where a path of the node lies. */
export function validatePath(errors: Errors, path: string | undefined, at: FieldPath): boolean {
  if (!path) errors.push(required(at));
  else noBacksteps(errors, path, at);
  return Boolean(path);
}

type Shared =
  'hostPath' | 'gcePersistentDisk' | 'awsElasticBlockStore' | 'nfs' | 'flocker' | 'quobyte' | 'fc' | 'azureDisk';
type More = 'vsphereVolume' | 'photonPersistentDisk' | 'portworxVolume';

/** Checks that are the same for pods and for persistent volumes. */
export const sharedDrivers: { readonly [name in Shared | More]: Check<NonNullable<Volume[name]>> } = {
  hostPath: (errors, source, path) => {
    if (validatePath(errors, source.path, child(path, 'path')))
      oneOfIfSet(errors, source.type, hostPathTypes, child(path, 'type'));
  },
  gcePersistentDisk: validateDisk('pdName'),
  awsElasticBlockStore: validateDisk('volumeID'),
  nfs: (errors, source, path) => {
    need(errors, source, ['server', 'path'], path);
    if (!source.path?.startsWith('/'))
      errors.push(invalid(child(path, 'path'), source.path ?? '', 'must be an absolute path'));
  },
  flocker: validateFlocker,
  quobyte: validateQuobyte,
  fc: validateFibreChannel,
  azureDisk: validateAzureDisk,
  vsphereVolume: (errors, source, path) => need(errors, source, ['volumePath'], path),
  photonPersistentDisk: (errors, source, path) => need(errors, source, ['pdID'], path),
  portworxVolume: (errors, source, path) => need(errors, source, ['volumeID'], path),
};

const monitors: Check<{ monitors?: string[] }> = (errors, source, path) => {
  if (each(source.monitors).length === 0) errors.push(required(child(path, 'monitors')));
};

/** Checks whose sources differ only in what a secret is. */
export const similarDrivers = {
  rbd: (errors: Errors, source: { monitors?: string[]; image?: string }, path: FieldPath): void => {
    monitors(errors, source, path);
    need(errors, source, ['image'], path);
  },
  cephfs: monitors,
  cinder: (errors: Errors, source: { volumeID?: string; secretRef?: { name?: string } }, path: FieldPath): void => {
    need(errors, source, ['volumeID'], path);
    if (source.secretRef && !source.secretRef.name) errors.push(required(child(path, 'secretRef', 'name')));
  },
  glusterfs: (errors: Errors, source: { endpoints?: string; path?: string }, path: FieldPath): void =>
    need(errors, source, ['endpoints', 'path'], path),
  flexVolume: validateFlex,
  azureFile: (errors: Errors, source: { secretName?: string; shareName?: string }, path: FieldPath): void =>
    need(errors, source, ['secretName', 'shareName'], path),
  scaleIO: (errors: Errors, source: object, path: FieldPath): void =>
    need(errors, source, ['gateway', 'system', 'volumeName'], path),
  storageos: validateStorageOs,
};

/** The elements of a list with their places. */
export const places = <T>(list: readonly T[] | undefined, path: FieldPath): (readonly [T, FieldPath])[] =>
  each(list).map((item, at) => [item, index(path, at)] as const);
