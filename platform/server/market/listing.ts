/** Keeps extensions as their versions and plans are, and reads the charts of versions that somebody brought by hand. */
import { ChartError } from '@orrery/helm/errors';
import { StatusError, orUndefined } from '@orrery/machinery/status';
import {
  labels,
  platformResources,
  type Extension,
  type ExtensionVersion,
  type InstallPlan,
} from '@orrery/platform-kinds';
import { sameJson, watchOf, type ControllerOptions } from '@orrery/reconciler';
import { clusterVersion } from '../about/version.ts';
import type { PlatformContext } from '../context.ts';
import { archiveOf } from './charts.ts';
import { readChart } from './engine.ts';
import { put } from './objects.ts';
import {
  byVersion,
  extensionFor,
  isExtensionName,
  isExtensionVersion,
  recommended,
  specOf,
  versionFor,
} from './versions.ts';

const extensionOfVersion = (version: ExtensionVersion | undefined): string[] => {
  const name = version?.metadata.labels?.[labels.extension];
  return name ? [name] : [];
};

export function keepExtensions(context: PlatformContext): ControllerOptions {
  const { client, informers } = context;
  const extensions = informers.of<Extension>(platformResources.marketExtensions);
  const versions = informers.of<ExtensionVersion>(platformResources.extensionversions);
  const plans = informers.of<InstallPlan>(platformResources.installplans);
  return {
    name: 'platform-extensions',
    sources: [
      watchOf(extensions),
      watchOf(plans),
      watchOf(versions, ({ before, after }) => [...extensionOfVersion(before), ...extensionOfVersion(after)]),
    ],
    async reconcile(name) {
      if (!isExtensionName(name)) return;
      const all = versions
        .list()
        .filter(({ metadata, spec }) => metadata.labels?.[labels.extension] === name && spec.version !== undefined)
        .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
        .toSorted((left, right) => byVersion(left.spec.version!, right.spec.version!));
      const plan = plans.get(name);
      const [newest] = all;
      if (!newest) {
        // What is installed is told of as long as it is.
        if (!plan && extensions.get(name)) await orUndefined(client.delete(platformResources.marketExtensions, name));
        return;
      }
      await put(client, platformResources.marketExtensions, extensionFor(name, newest));
      const found = await orUndefined(client.get<Extension>(platformResources.marketExtensions, name));
      if (!found) return;
      const { kubernetes } = await clusterVersion(context);
      const status = statusFor(all, plan, kubernetes?.gitVersion ?? '');
      const now = found.status ?? {};
      if (!Object.entries(status).every(([key, value]) => sameJson(now[key as keyof typeof now] ?? null, value)))
        await client.patch(platformResources.marketExtensions, name, 'merge', { status });
      await upgradeByItself(context, plan, status.recommendedVersion);
    },
  };
}

/** All fields, `null` for those that go. */
function statusFor(all: readonly ExtensionVersion[], plan: InstallPlan | undefined, kubeVersion: string) {
  const { state, enabled, version, conditions } = plan?.status ?? {};
  return {
    versions: all.toReversed().map(({ spec, metadata }) => ({
      version: spec.version!,
      ...(metadata.creationTimestamp && { creationTimestamp: metadata.creationTimestamp }),
    })),
    recommendedVersion: recommended(all, kubeVersion) ?? null,
    state: state || null,
    enabled: plan ? enabled === true : null,
    plannedInstallVersion: plan?.spec.extension.version ?? null,
    installedVersion: version || null,
    conditions: conditions ?? null,
  };
}

async function upgradeByItself(
  { client }: PlatformContext,
  plan: InstallPlan | undefined,
  to: string | null,
): Promise<void> {
  if (!plan || plan.spec.upgradeStrategy !== 'Automatic' || to === null || plan.status?.state !== 'Installed') return;
  if (byVersion(to, plan.spec.extension.version) >= 0) return;
  await client.patch(platformResources.installplans, plan.metadata.name!, 'merge', {
    spec: { extension: { version: to } },
  });
}

/** A version that names a chart and says nothing more is told by its chart. */
export function readVersions(context: PlatformContext): ControllerOptions {
  const { client, informers, log } = context;
  const versions = informers.of<ExtensionVersion>(platformResources.extensionversions);
  return {
    name: 'platform-extension-versions',
    sources: [watchOf(versions)],
    async reconcile(name) {
      const version = versions.get(name);
      if (!version || version.spec.repository || version.spec.version || version.metadata.deletionTimestamp)
        return undefined;
      try {
        const chart = await readChart(await archiveOf(context, version));
        const { name: extension, version: number } = chart.metadata;
        if (!isExtensionName(extension) || !isExtensionVersion(number)) return undefined;
        const { chartDataRef, chartURL } = version.spec;
        const spec = { ...specOf(chart), ...(chartDataRef && { chartDataRef }), ...(chartURL && { chartURL }) };
        const { metadata } = versionFor(extension, spec);
        await put(client, platformResources.extensionversions, { ...version, spec, metadata: { ...metadata, name } });
        return undefined;
      } catch (error) {
        if (!(error instanceof StatusError) && !(error instanceof ChartError)) throw error;
        log.warn('the chart of a version cannot be read', { version: name, error });
        return { requeueAfterMs: 60_000 };
      }
    },
  };
}
