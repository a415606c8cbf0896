/** What a chart says of the extension in it: pure. The words are those of KubeSphere's `extension.yaml`. */
import { compareVersions, isInRange, parseVersion } from '@orrery/helm/semver';
import type { Chart, ChartFile } from '@orrery/helm/types';
import { labels, type Extension, type ExtensionInfo, type ExtensionVersion } from '@orrery/platform-kinds';
import { readDocument, textAt, type Fields } from '../config/document.ts';
import { toBase64 } from '../extensions/bytes.ts';

export type VersionSpec = ExtensionVersion['spec'];

/** The generation of KubeSphere whose extensions fit here. */
export const kubeSphereVersion = 'v4.1.3';

const namePattern = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/;
export const isExtensionName = (name: string): boolean => namePattern.test(name);
/** The version is part of the name of an object, and a label. */
export const isExtensionVersion = (version: string): boolean =>
  parseVersion(version) !== undefined && /^[a-zA-Z0-9]([-.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/.test(version);

export const versionName = (extension: string, version: string): string => `${extension}-${version}`.toLowerCase();

const spoken = ['displayName', 'description', 'provider'] as const;
const texts = ['category', 'kubeVersion', 'ksVersion', 'home', 'docs', 'namespace', 'created'] as const;
const lists = ['keywords', 'sources', 'screenshots'] as const;
const iconMax = 256 * 1024;
const iconTypes: Readonly<Record<string, string>> = {
  svg: 'image/svg+xml',
  png: 'image/png',
  jpg: 'image/jpeg',
  jpeg: 'image/jpeg',
  webp: 'image/webp',
};

const textOf = (files: readonly ChartFile[], name: string): string | undefined => {
  const found = files.find(file => file.name === name);
  return found && new TextDecoder().decode(found.data);
};

/** What `extension.yaml` says, and for what it does not say, Chart.yaml. Fields that do not fit are left out. */
export function specOf({ metadata, files }: Chart): VersionSpec {
  const said = readDocument(textOf(files, 'extension.yaml') ?? '') ?? {};
  const pick = (names: readonly string[], fits: (value: unknown) => boolean): object =>
    Object.fromEntries(names.flatMap(name => (fits(said[name]) ? [[name, said[name]]] : [])));
  const icon = iconOf(textAt(said, 'icon') ?? metadata.icon, files);
  const dependencies = dependenciesOf(said);
  return {
    displayName: { en: metadata.name },
    ...(metadata.description !== undefined && { description: { en: metadata.description } }),
    ...(metadata.keywords && { keywords: metadata.keywords }),
    ...(metadata.kubeVersion !== undefined && { kubeVersion: metadata.kubeVersion }),
    ...(metadata.home !== undefined && { home: metadata.home }),
    ...pick(spoken, isMap),
    ...pick(texts, value => typeof value === 'string' && value !== ''),
    ...pick(lists, value => Array.isArray(value) && value.every(item => typeof item === 'string')),
    ...(icon !== undefined && { icon }),
    version: metadata.version,
    installationMode: said['installationMode'] === 'Multicluster' ? 'Multicluster' : 'HostOnly',
    ...(dependencies.length > 0 && { externalDependencies: dependencies }),
  };
}

const isMap = (value: unknown): boolean => typeof value === 'object' && value !== null && !Array.isArray(value);

function dependenciesOf(said: Fields): NonNullable<VersionSpec['externalDependencies']> {
  const all: unknown = said['externalDependencies'];
  return (Array.isArray(all) ? all : []).flatMap((item: unknown) => {
    if (!isMap(item)) return [];
    const { name, type = 'extension', version, required } = item as Record<string, unknown>;
    if (typeof name !== 'string' || typeof version !== 'string') return [];
    return [{ name, type: String(type), version, required: required === true }];
  });
}

/** A file of the chart becomes its content, so that nothing need be fetched to show it. */
function iconOf(icon: string | undefined, files: readonly ChartFile[]): string | undefined {
  if (icon === undefined || icon.startsWith('data:image/')) return icon;
  const name = icon.replace(/^\.\//, '');
  const file = files.find(found => found.name === name);
  const type = iconTypes[name.split('.').at(-1)?.toLowerCase() ?? ''];
  if (file && type && file.data.length <= iconMax) return `data:${type};base64,${toBase64(file.data)}`;
  return icon.startsWith('https://') ? icon : undefined;
}

/** Newest first. */
export const byVersion = (left: string, right: string): number => {
  const [a, b] = [parseVersion(left), parseVersion(right)];
  return a && b ? compareVersions(b, a) : left.localeCompare(right);
};

/** The newest one that fits this cluster and this platform. */
export function recommended(versions: readonly ExtensionVersion[], kubeVersion: string): string | undefined {
  const fits = (range: string | undefined, version: string) => !range || isInRange(range, version);
  return versions
    .filter(({ spec }) => fits(spec.kubeVersion, kubeVersion) && fits(spec.ksVersion, kubeSphereVersion))
    .map(({ spec }) => spec.version ?? '')
    .filter(version => parseVersion(version) !== undefined)
    .toSorted(byVersion)[0];
}

const info = ({ displayName, description, icon, provider, created }: VersionSpec): ExtensionInfo => ({
  ...(displayName && { displayName }),
  ...(description && { description }),
  ...(icon !== undefined && { icon }),
  ...(provider && { provider }),
  ...(created !== undefined && { created }),
});

/** The extension as its newest version tells it. */
export const extensionFor = (name: string, newest: ExtensionVersion): Extension => ({
  apiVersion: 'kubesphere.io/v1alpha1',
  kind: 'Extension',
  metadata: {
    name,
    labels: {
      ...(newest.spec.category && { [labels.marketCategory]: newest.spec.category }),
      ...(newest.spec.repository && { [labels.repository]: newest.spec.repository }),
    },
  },
  spec: info(newest.spec),
});

export const versionFor = (extension: string, spec: VersionSpec): ExtensionVersion => ({
  apiVersion: 'kubesphere.io/v1alpha1',
  kind: 'ExtensionVersion',
  metadata: {
    name: versionName(extension, spec.version!),
    labels: {
      [labels.extension]: extension,
      ...(spec.category && { [labels.marketCategory]: spec.category }),
      ...(spec.repository && { [labels.repository]: spec.repository }),
    },
  },
  spec,
});
