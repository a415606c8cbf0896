/** Repositories of charts: what they list becomes extensions and versions, again and again. */
import { parseDuration } from '@orrery/machinery/duration';
import { StatusError, orUndefined } from '@orrery/machinery/status';
import {
  labels,
  platformResources,
  type Extension,
  type ExtensionVersion,
  type InstallPlan,
  type Repository,
} from '@orrery/platform-kinds';
import { sameJson, setCondition, watchOf, type ControllerOptions } from '@orrery/reconciler';
import { parse } from 'yaml';
import type { PlatformContext } from '../context.ts';
import { fetched, inWords } from './charts.ts';
import { readChart } from './engine.ts';
import { put } from './objects.ts';
import { isOci, listedInRegistry } from './oci.ts';
import { byVersion, isExtensionName, isExtensionVersion, specOf, versionFor } from './versions.ts';

const resource = platformResources.repositories;
const depthDefault = 3;
const pollMs = { shortest: 60_000, usual: 15 * 60_000, afterFailure: 60_000 };
const timeoutDefaultMs = 2 * 60_000;

/** A chart as an index lists it. */
export interface Listed {
  readonly name: string;
  readonly version: string;
  readonly url: string;
  readonly digest?: string;
  readonly created?: string;
}

/**
 * The newest versions of each extension, of an index as Helm's repositories have it.
 * @throws StatusError 422 for text that is no index.
 */
export function listedIn(text: string, home: string, depth: number): Listed[] {
  const index = readIndex(text);
  return Object.entries(index).flatMap(([name, versions]) => {
    if (!isExtensionName(name) || !Array.isArray(versions)) return [];
    const known = versions.flatMap((item: unknown) => listed(name, item, home));
    const sorted = known.toSorted((left, right) => byVersion(left.version, right.version));
    return depth === 0 ? sorted : sorted.slice(0, depth);
  });
}

function readIndex(text: string): Record<string, unknown> {
  let value: unknown;
  try {
    value = parse(text, { maxAliasCount: 0 });
  } catch {
    value = undefined;
  }
  const entries = (value as { entries?: unknown } | null | undefined)?.entries;
  if (typeof entries !== 'object' || entries === null || Array.isArray(entries))
    throw new StatusError(422, 'Invalid', 'what the repository answers is no index of charts');
  return entries as Record<string, unknown>;
}

function listed(name: string, item: unknown, home: string): Listed[] {
  if (typeof item !== 'object' || item === null) return [];
  const { version, urls, digest, created, name: said } = item as Record<string, unknown>;
  const [first] = Array.isArray(urls) ? (urls as unknown[]) : [];
  if (said !== name || typeof version !== 'string' || !isExtensionVersion(version) || typeof first !== 'string')
    return [];
  const url = URL.parse(first, home.endsWith('/') ? home : `${home}/`);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return [];
  return [
    {
      name,
      version,
      url: url.href,
      ...(typeof digest === 'string' && digest !== '' && { digest }),
      ...(typeof created === 'string' && { created }),
    },
  ];
}

const durationMs = (text: string | undefined, otherwise: number): number => {
  try {
    return text === undefined || text === '' ? otherwise : parseDuration(text);
  } catch {
    return otherwise;
  }
};

const repositoriesOf = (versions: readonly ExtensionVersion[]): string[] => [
  ...new Set(versions.flatMap(({ metadata }) => metadata.labels?.[labels.repository] ?? [])),
];

/** Versions and extensions that are as they were are not fetched again. */
export function syncRepositories(context: PlatformContext): ControllerOptions {
  const { client, informers, clock, log } = context;
  const repositories = informers.of<Repository>(resource);
  const versions = informers.of<ExtensionVersion>(platformResources.extensionversions);
  const extensions = informers.of<Extension>(platformResources.marketExtensions);
  const plans = informers.of<InstallPlan>(platformResources.installplans);
  /** What was read with, by name: another address or password is read anew. */
  const read = new Map<string, unknown>();
  const ofRepository = (name: string) =>
    versions.list().filter(({ metadata }) => metadata.labels?.[labels.repository] === name);
  const isUsed = ({ metadata, spec }: ExtensionVersion): boolean => {
    const plan = plans.get(metadata.labels?.[labels.extension] ?? '');
    return plan !== undefined && [plan.spec.extension.version, plan.status?.version].includes(spec.version);
  };
  const drop = async (gone: readonly ExtensionVersion[]): Promise<void> => {
    for (const version of gone)
      if (!isUsed(version))
        await orUndefined(client.delete(platformResources.extensionversions, version.metadata.name!));
  };

  const sync = async (repository: Repository): Promise<void> => {
    const { url, updateStrategy, depth = depthDefault } = repository.spec;
    const name = repository.metadata.name!;
    const timeoutMs = durationMs(updateStrategy?.timeout, timeoutDefaultMs);
    const all = isOci(url)
      ? await listedInRegistry(context, repository, depth, timeoutMs)
      : listedIn(await indexOf(context, repository, timeoutMs), url, depth);
    for (const chart of all) {
      // Whose extension it is says the first repository that has it.
      const owner = extensions.get(chart.name)?.metadata.labels?.[labels.repository];
      if (extensions.get(chart.name) && owner !== name) continue;
      const known = ofRepository(name).find(
        ({ metadata, spec }) => metadata.labels?.[labels.extension] === chart.name && spec.version === chart.version,
      );
      if (
        known &&
        known.spec.chartURL === chart.url &&
        // A version in a registry is not read twice, as a tag of one is not to move.
        (isOci(chart.url) || (chart.digest !== undefined && known.spec.digest === chart.digest))
      )
        continue;
      try {
        await take(context, repository, chart, timeoutMs);
      } catch (error) {
        if (!(error instanceof StatusError) || error.code === 409) throw error;
        log.warn('a chart of a repository is left out', { repository: name, ...chart, error });
      }
    }
    await drop(
      ofRepository(name).filter(
        ({ metadata, spec }) =>
          !all.some(({ name, version }) => metadata.labels?.[labels.extension] === name && spec.version === version),
      ),
    );
  };

  return {
    name: 'platform-repositories',
    sources: [
      watchOf(repositories),
      watchOf(versions, ({ after }) => {
        const owner = after?.metadata.labels?.[labels.repository];
        return owner !== undefined && !repositories.get(owner) ? [owner] : [];
      }),
      // What was kept because it was installed goes with its plan.
      watchOf(plans, ({ after }) => (after ? [] : repositoriesOf(versions.list()))),
    ],
    async reconcile(name) {
      const repository = repositories.get(name);
      if (!repository || repository.metadata.deletionTimestamp !== undefined) {
        read.delete(name);
        return void (await drop(ofRepository(name)));
      }
      const everyMs = Math.max(
        pollMs.shortest,
        durationMs(repository.spec.updateStrategy?.registryPoll?.interval, pollMs.usual),
      );
      const last = Date.parse(repository.status?.lastSyncTime ?? '');
      const dueInMs = Number.isNaN(last) ? 0 : last + everyMs - clock.now();
      if (dueInMs > 0 && sameJson(read.get(name), repository.spec)) return { requeueAfterMs: dueInMs };
      const failure = await sync(repository).then(
        () => undefined,
        (error: unknown) => {
          if (!(error instanceof StatusError) || error.code === 409) throw error;
          return error.message;
        },
      );
      read.set(name, repository.spec);
      await client.patch(resource, name, 'merge', { status: statusAfter(repository, failure, clock) });
      return { requeueAfterMs: failure === undefined ? everyMs : pollMs.afterFailure };
    },
  };
}

async function indexOf(context: PlatformContext, repository: Repository, timeoutMs: number): Promise<string> {
  const home = repository.spec.url.replace(/\/+$/, '');
  return new TextDecoder().decode(await fetched(context, `${home}/index.yaml`, repository, timeoutMs));
}

function statusAfter({ status }: Repository, failure: string | undefined, clock: PlatformContext['clock']): object {
  const conditions = setCondition(
    (status?.conditions ?? []) as Parameters<typeof setCondition>[0],
    {
      type: 'Synced',
      status: failure === undefined ? 'True' : 'False',
      reason: failure === undefined ? 'Synced' : 'SyncFailed',
      message: failure ?? '',
    },
    clock,
  );
  return { conditions, lastSyncTime: new Date(clock.now()).toISOString() };
}

async function take(
  context: PlatformContext,
  repository: Repository,
  listed: Listed,
  timeoutMs: number,
): Promise<void> {
  const archive = await fetched(context, listed.url, repository, timeoutMs);
  const chart = await inWords(readChart(archive));
  if (chart.metadata.name !== listed.name || chart.metadata.version !== listed.version)
    throw new StatusError(422, 'Invalid', 'the chart is another one than the index says');
  const version = versionFor(listed.name, {
    ...specOf(chart),
    ...(listed.created && { created: listed.created }),
    ...(listed.digest && { digest: listed.digest }),
    chartURL: listed.url,
    repository: repository.metadata.name!,
  });
  await put(context.client, platformResources.extensionversions, version);
}
