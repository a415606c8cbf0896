/** The charts of versions: out of objects of the cluster, or from where they are offered, through the guarded client. */
import { resources } from '@orrery/client/resources';
import { ChartError } from '@orrery/helm/errors';
import type { Chart, ChartFile } from '@orrery/helm/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { platformResources, type ExtensionVersion, type Repository } from '@orrery/platform-kinds';
import type { PlatformContext } from '../context.ts';
import { fromBase64Bytes, hexDigestOf } from '../extensions/bytes.ts';
import { bundleOf } from './bundle.ts';
import { readChart, readFiles } from './engine.ts';
import { chartInRegistry, isOci } from './oci.ts';

type Context = Pick<PlatformContext, 'client' | 'egress' | 'informers'>;

interface ConfigMap extends KubeObject {
  binaryData?: Record<string, string>;
}

const chartMax = 32 * 1024 * 1024;
const unusable = (why: string): StatusError => new StatusError(422, 'Invalid', why);

/** Rejects with 422 in words. */
export async function archiveOf(context: Context, { spec }: ExtensionVersion): Promise<Uint8Array> {
  const { chartDataRef, chartURL, repository = '', digest } = spec;
  if (chartDataRef) {
    const { namespace, name, key } = chartDataRef;
    const { items } = await context.client.list<ConfigMap>(resources.configmaps, {
      namespace,
      fieldSelector: `metadata.name=${name}`,
    });
    const bytes = fromBase64Bytes(items[0]?.binaryData?.[key] ?? '');
    if (!bytes || bytes.length === 0)
      throw unusable(`the ConfigMap "${name}" in "${namespace}" has no chart under "${key}"`);
    return bytes;
  }
  if (!chartURL) throw unusable('the version names no chart');
  const source = context.informers.of<Repository>(platformResources.repositories).get(repository);
  const bytes = await fetched(context, chartURL, source);
  if (digest && (await hexDigestOf(bytes)) !== digest.replace(/^sha256:/, ''))
    throw unusable('the chart is not the one that its repository lists: another digest');
  return bytes;
}

export async function chartOf(context: Context, version: ExtensionVersion): Promise<Chart> {
  return inWords(readChart(await archiveOf(context, version)));
}

/** As they were written, `Chart.yaml` and `values.yaml` too; without the charts that it depends on. */
export async function filesOf(context: Context, version: ExtensionVersion): Promise<ChartFile[]> {
  const files = await inWords(readFiles(await archiveOf(context, version)));
  return [...files].filter(([name]) => !name.startsWith('charts/')).map(([name, data]) => ({ name, data }));
}

/** @throws StatusError 422 for what is no chart. */
export async function inWords<T>(work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof ChartError) throw unusable(`this is no chart that can be used: ${error.message}`);
    throw error;
  }
}

/** Credentials go to the host of the repository alone. */
export async function fetched(
  { egress }: Pick<Context, 'egress'>,
  url: string,
  repository: Repository | undefined,
  timeoutMs = 60_000,
): Promise<Uint8Array> {
  if (isOci(url)) return chartInRegistry({ egress }, url, repository, timeoutMs, chartMax);
  const { basicAuth, caBundle, insecure, url: home = '' } = repository?.spec ?? {};
  const isHome = home !== '' && new URL(url).origin === new URL(home).origin;
  const ca = caBundle ? bundleOf(caBundle) : undefined;
  const { status, body } = await egress.fetch({
    url,
    redirects: 5,
    bytesMax: chartMax,
    timeoutMs,
    ...(ca !== undefined && { ca }),
    ...(insecure && { insecureSkipTlsVerify: true }),
    ...(basicAuth?.username && isHome && { credentials: { authorization: basic(basicAuth) } }),
  });
  if (status !== 200) throw unusable(`the server answers with status ${status}`);
  return body;
}

const basic = ({ username = '', password = '' }: { username?: string; password?: string }): string =>
  `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
