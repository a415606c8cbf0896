/** What the market shows and sends (pure). */
import { labels } from '@orrery/platform-kinds/names';
import type {
  Extension,
  ExtensionInfo,
  ExtensionVersion,
  InstallPlan,
  InstallState,
  Repository,
  Spoken,
} from '@orrery/platform-kinds/types';
import type { Tone } from '../../ui/Badge.tsx';
import type { Language } from '../../util/messages.ts';

/** In one's own language, else in English, else in whichever there is. */
export const spokenIn = (words: Spoken | undefined, language: Language): string | undefined =>
  words?.[language] ?? words?.[language === 'zh' ? 'zh-CN' : 'en-US'] ?? words?.['en'] ?? Object.values(words ?? {})[0];

interface Described {
  readonly metadata: { readonly name?: string };
  readonly spec?: ExtensionInfo;
}

export const titleOf = ({ metadata, spec }: Described, language: Language): string =>
  spokenIn(spec?.displayName, language) || (metadata.name ?? '');

export const aboutOf = ({ spec }: Described, language: Language): string | undefined =>
  spokenIn(spec?.description, language);

export const providerOf = ({ spec }: Described, language: Language): string | undefined =>
  (spec?.provider?.[language] ?? spec?.provider?.['en'] ?? Object.values(spec?.provider ?? {})[0])?.name;

/** A picture of this platform, or one that says itself what it is: from elsewhere none is shown. */
export const pictureOf = ({ spec }: Described): string | undefined =>
  /^(data:image\/|\/(?![/\\]))/.test(spec?.icon ?? '') ? spec?.icon : undefined;

export const categoryOf = (extension: Extension): string | undefined =>
  extension.metadata.labels?.[labels.marketCategory];

const tones: Readonly<Record<InstallState, Tone>> = {
  '': 'quiet',
  Preparing: 'busy',
  Installing: 'busy',
  Upgrading: 'busy',
  Uninstalling: 'busy',
  Installed: 'good',
  Upgraded: 'good',
  InstallFailed: 'bad',
  UpgradeFailed: 'bad',
  UninstallFailed: 'bad',
  Uninstalled: 'quiet',
};
export const installStates = Object.keys(tones).filter(state => state !== '') as Exclude<InstallState, ''>[];
export const toneOf = (state: InstallState | undefined): Tone => tones[state ?? ''] ?? 'quiet';

/** Something is under way: what comes next has to wait for it. */
export const isUnderWay = (state: InstallState | undefined): boolean => toneOf(state) === 'busy';

/** By semver 2.0: numbers as numbers, and a version before another (`1.0.0-rc.1`) below it. */
export function compareVersions(left: string, right: string): number {
  const [one, other] = [partsOf(left), partsOf(right)];
  for (const index of [0, 1, 2]) {
    const difference = (one.numbers[index] ?? 0) - (other.numbers[index] ?? 0);
    if (difference !== 0) return difference;
  }
  if (one.before === '' || other.before === '') return Number(one.before === '') - Number(other.before === '');
  return one.before.localeCompare(other.before, 'en', { numeric: true });
}

function partsOf(version: string): { readonly numbers: readonly number[]; readonly before: string } {
  const [, numbers = '', before = ''] = /^v?([\d.]*)(?:-([^+]*))?/.exec(version) ?? [];
  return { numbers: numbers.split('.').map(Number), before };
}

/** The newest first. */
export const versionsOf = ({ status }: Extension): string[] =>
  (status?.versions ?? []).map(({ version }) => version).toSorted((left, right) => compareVersions(right, left));

export const latestOf = (extension: Extension): string | undefined =>
  extension.status?.recommendedVersion || versionsOf(extension)[0];

/** The newer version that there is for what is installed. */
export function upgradeOf(extension: Extension): string | undefined {
  const installed = extension.status?.installedVersion;
  const latest = latestOf(extension);
  return installed && latest && compareVersions(latest, installed) > 0 ? latest : undefined;
}

export interface Wish {
  readonly version: string;
  /** YAML. */
  readonly config: string;
  /** Of an extension that has a part in each cluster. */
  readonly clusters?: readonly string[];
}

/** A plan is called like its extension. */
export const planOf = (extension: string, { version, config, clusters }: Wish): InstallPlan => ({
  apiVersion: 'kubesphere.io/v1alpha1',
  kind: 'InstallPlan',
  metadata: { name: extension },
  spec: {
    extension: { name: extension, version },
    enabled: true,
    upgradeStrategy: 'Manual',
    ...(config.trim() !== '' && { config }),
    ...(clusters && { clusterScheduling: { placement: { clusters: [...clusters] } } }),
  },
});

/** The plan with another version, configuration or places; what the form does not know stays. */
export function changedPlan(plan: InstallPlan, { version, config, clusters }: Wish): InstallPlan {
  const { config: _config, clusterScheduling, ...spec } = plan.spec;
  const placement = clusters && { ...clusterScheduling?.placement, clusters: [...clusters] };
  return {
    ...plan,
    spec: {
      ...spec,
      extension: { ...spec.extension, version },
      ...(config.trim() !== '' && { config }),
      ...((clusterScheduling || placement) && {
        clusterScheduling: { ...clusterScheduling, ...(placement && { placement }) },
      }),
    },
  };
}

export const switchedPlan = (plan: InstallPlan, enabled: boolean): InstallPlan => ({
  ...plan,
  spec: { ...plan.spec, enabled },
});

export const isEnabled = ({ spec }: InstallPlan): boolean => spec.enabled !== false;

export interface ChartFile {
  readonly name: string;
  /** Base64. */
  readonly data: string;
}

const textOf = ({ data }: ChartFile): string =>
  new TextDecoder().decode(Uint8Array.from(atob(data), letter => letter.charCodeAt(0)));

/** The chart's own file of that name: one of a part of it lies deeper. */
const fileIn = (files: readonly ChartFile[], name: RegExp): string | undefined => {
  const found = files
    .filter(file => name.test(file.name))
    .toSorted((left, right) => left.name.length - right.name.length)[0];
  return found && textOf(found);
};

export const readmeIn = (files: readonly ChartFile[], language: Language): string | undefined =>
  (language === 'zh' ? fileIn(files, /(^|\/)README[-_]zh(-CN)?\.md$/i) : undefined) ??
  fileIn(files, /(^|\/)README\.md$/i);

export const valuesIn = (files: readonly ChartFile[]): string | undefined => fileIn(files, /(^|\/)values\.ya?ml$/);

/** What the chart asks for outside of its own namespace, as it is written. */
export const permissionsIn = (files: readonly ChartFile[]): string | undefined => fileIn(files, /^permissions\.ya?ml$/);

/** Why it failed, where it did. */
export function failureOf(plan: InstallPlan | undefined): string | undefined {
  const { state, conditions = [] } = plan?.status ?? {};
  if (toneOf(state) !== 'bad') return undefined;
  return conditions.toReversed().find(({ status, message }) => status === 'False' && message)?.message;
}

/** The version objects of an extension, the newest first. */
export const sortedVersions = (versions: readonly ExtensionVersion[]): ExtensionVersion[] =>
  versions.toSorted((left, right) => compareVersions(right.spec.version ?? '', left.spec.version ?? ''));

export const ofExtension = (name: string): string => `${labels.extension}=${name}`;

export interface RepositoryForm {
  readonly name: string;
  readonly url: string;
  readonly description: string;
  readonly username: string;
  readonly password: string;
  readonly interval: string;
  readonly caBundle: string;
}

/** Where the platform's complaints about a field are to be shown. */
export const repositoryFields = {
  name: 'metadata.name',
  url: 'spec.url',
  description: 'spec.description',
  username: 'spec.basicAuth.username',
  password: 'spec.basicAuth.password',
  interval: 'spec.updateStrategy',
  caBundle: 'spec.caBundle',
} as const;

export const repositoryFormOf = (repository?: Repository): RepositoryForm => {
  const { url = '', description = '', basicAuth, updateStrategy, caBundle = '' } = repository?.spec ?? { url: '' };
  return {
    name: repository?.metadata.name ?? '',
    ...{ url, description, caBundle: caBundle && atob(caBundle), username: basicAuth?.username ?? '', password: '' },
    interval: updateStrategy?.registryPoll?.interval ?? '',
  };
};

/** A new one, or `before` changed: a password that is not typed again stays what it was. */
export function repositoryOf(form: RepositoryForm, before?: Repository): Repository {
  const { name, url, description, username, password, interval, caBundle } = form;
  const { basicAuth: _auth, updateStrategy, caBundle: _bundle, description: _words, ...spec } = before?.spec ?? { url };
  const { registryPoll: _poll, ...strategy } = updateStrategy ?? {};
  const timing = { ...strategy, ...(interval.trim() !== '' && { registryPoll: { interval: interval.trim() } }) };
  return {
    ...(before ?? { apiVersion: 'kubesphere.io/v1alpha1', kind: 'Repository' }),
    metadata: before?.metadata ?? { name: name.trim() },
    spec: {
      ...spec,
      url: url.trim(),
      ...(description.trim() !== '' && { description: description.trim() }),
      ...(username.trim() !== '' && { basicAuth: { username: username.trim(), ...(password !== '' && { password }) } }),
      ...(Object.keys(timing).length > 0 && { updateStrategy: timing }),
      ...(caBundle.trim() !== '' && { caBundle: btoa(`${caBundle.trim()}\n`) }),
    },
  };
}

/** Whether the last look into a repository went well, and what was wrong. */
export function syncOf({ status }: Repository): { readonly tone: Tone; readonly message?: string } {
  const bad = status?.conditions?.find(
    ({ status: is, type }) => is === 'False' && /^(Synced|Ready|Available)$/.test(type),
  );
  if (bad) return { tone: 'bad', message: bad.message || bad.reason };
  return { tone: status?.lastSyncTime ? 'good' : 'busy' };
}
