/** Charts that an administrator brings: kept in the cluster, so that nothing has to be fetched to install them. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError, isReason, notFound, orUndefined } from '@orrery/machinery/status';
import {
  groups,
  labels,
  platformResources,
  systemNamespace,
  type Extension,
  type ExtensionVersion,
  type InstallPlan,
} from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { fromBase64Bytes, hexDigestOf, toBase64 } from '../extensions/bytes.ts';
import { inWords } from './charts.ts';
import { readChart } from './engine.ts';
import { isExtensionName, isExtensionVersion, specOf, versionFor } from './versions.ts';

/** A ConfigMap holds one MiB, with all that stands in it. */
const chartMax = 1_000_000;
const key = 'chart.tgz';

/** Rejects with 409 when the version is there with another chart, 413 for one that is too large, 422 for what is no chart. */
export async function upload({ client }: PlatformContext, chart: string): Promise<ExtensionVersion> {
  const bytes = fromBase64Bytes(chart);
  if (!bytes || bytes.length === 0) throw new StatusError(422, 'Invalid', 'chart: must be an archive (.tgz) in base64');
  if (bytes.length > chartMax)
    throw new StatusError(
      413,
      'RequestEntityTooLarge',
      `the chart has ${bytes.length} bytes, and ${chartMax} can be kept in the cluster: offer it in a repository`,
    );
  const read = await inWords(readChart(bytes));
  const { name, version } = read.metadata;
  if (!isExtensionName(name) || !isExtensionVersion(version))
    throw new StatusError(
      422,
      'Invalid',
      `chart: "${name}" in version "${version}" cannot be the name of an extension`,
    );
  const digest = await hexDigestOf(bytes);
  const reference = { namespace: systemNamespace, name: `chart-${name}-${version}`.toLowerCase(), key };
  const wanted = versionFor(name, { ...specOf(read), digest, chartDataRef: reference });
  const found = await orUndefined(
    client.get<ExtensionVersion>(platformResources.extensionversions, wanted.metadata.name!),
  );
  if (found && found.spec.digest !== digest)
    throw new StatusError(
      409,
      'AlreadyExists',
      `version ${version} of "${name}" is there with another chart: give yours another version`,
    );
  if (found) return found;
  await keep({ client }, reference.name, name, bytes);
  return client.create(platformResources.extensionversions, wanted);
}

async function keep({ client }: Pick<PlatformContext, 'client'>, name: string, extension: string, bytes: Uint8Array) {
  const object = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: systemNamespace, labels: { [labels.extension]: extension } },
    binaryData: { [key]: toBase64(bytes) },
  } as KubeObject;
  try {
    await client.create(resources.configmaps, object);
  } catch (error) {
    if (!isReason(error, 'AlreadyExists')) throw error;
    // Left by an upload that ended in between.
    await client.update(resources.configmaps, object);
  }
}

/** Takes an extension out of the market. Rejects with 409 while it is installed. */
export async function removeExtension({ client }: PlatformContext, name: string): Promise<void> {
  const found = await orUndefined(client.get<Extension>(platformResources.marketExtensions, name));
  if (!found) throw notFound({ group: groups.core, resource: 'extensions', name });
  if (await orUndefined(client.get<InstallPlan>(platformResources.installplans, name)))
    throw new StatusError(409, 'Conflict', `"${name}" is installed: uninstall it first`);
  const labelSelector = `${labels.extension}=${name}`;
  const { items } = await client.list<ExtensionVersion>(platformResources.extensionversions, { labelSelector });
  for (const { metadata } of items)
    await orUndefined(client.delete(platformResources.extensionversions, metadata.name!));
  const charts = await client.list(resources.configmaps, { namespace: systemNamespace, labelSelector });
  for (const { metadata } of charts.items)
    await orUndefined(client.delete(resources.configmaps, metadata.name!, { namespace: systemNamespace }));
  await orUndefined(client.delete(platformResources.marketExtensions, name));
}
