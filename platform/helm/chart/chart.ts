/** Charts from files. */
import { ChartError } from '../errors.ts';
import { parseYaml } from '../formats/yaml.ts';
import type { Chart, ChartDependency, ChartFile, ChartMetadata, ChartValues } from '../types.ts';
import { filesOfArchive, placeInChart } from './archive.ts';
import { withoutIgnored } from './ignore.ts';
import { checkMetadata, metadataOf } from './metadata.ts';

/** Charts within charts. */
const depthMax = 10;

type Files = ReadonlyMap<string, Uint8Array>;

/** Bytes as text, without a byte order mark. */
const textOf = (data: Uint8Array): string =>
  Buffer.from(data)
    .toString()
    .replace(/^\ufeff/, '');

function yamlOf(files: Files, name: string): unknown {
  const data = files.get(name);
  if (data === undefined) return undefined;
  try {
    return parseYaml(textOf(data));
  } catch (error) {
    throw new ChartError(`cannot load ${name}: ${(error as Error).message}`);
  }
}

function objectOf(files: Files, name: string): Record<string, unknown> | undefined {
  const value = yamlOf(files, name);
  if (value === undefined || value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value)) throw new ChartError(`cannot load ${name}: it is no map`);
  return value as Record<string, unknown>;
}

function readMetadata(files: Files): ChartMetadata {
  if (!files.has('Chart.yaml')) throw new ChartError('Chart.yaml file is missing');
  const metadata = metadataOf(objectOf(files, 'Chart.yaml') ?? {});
  const required = objectOf(files, 'requirements.yaml')?.['dependencies'];
  // Charts of the first generation name what they need in a file of its own.
  if (Array.isArray(required)) metadata.dependencies = required as ChartDependency[];
  checkMetadata(metadata);
  return metadata;
}

const special = new Set([
  'Chart.yaml',
  'Chart.lock',
  'values.yaml',
  'values.schema.json',
  'requirements.yaml',
  'requirements.lock',
]);

/** A chart and, by name of file or folder under charts/, what is to become its dependencies. */
function partsOf(files: Files, metadata: ChartMetadata) {
  const templates: ChartFile[] = [];
  const others: ChartFile[] = [];
  const nested = new Map<string, Map<string, Uint8Array>>();
  for (const [name, data] of files) {
    if (name.startsWith('templates/')) templates.push({ name, data });
    else if (name.startsWith('charts/') && !name.endsWith('.prov')) {
      const [folder = '', ...rest] = name.slice('charts/'.length).split('/');
      if (/^[_.]/.test(folder)) continue;
      const inside = nested.get(folder) ?? new Map<string, Uint8Array>();
      nested.set(folder, inside.set(rest.join('/'), data));
    } else if (!special.has(name) || (metadata.apiVersion === 'v1' && name.startsWith('requirements.'))) {
      others.push({ name, data });
    }
  }
  return { templates, others, nested };
}

async function dependencyOf(name: string, files: Files, parent: string, depth: number): Promise<Chart | undefined> {
  try {
    const archive = files.get('');
    if (archive !== undefined)
      return name.endsWith('.tgz') ? await assemble(await filesOfArchive(archive), depth + 1) : undefined;
    return await assemble(files, depth + 1);
  } catch (error) {
    if (error instanceof ChartError)
      throw new ChartError(`error unpacking subchart ${name} in ${parent}: ${error.message}`);
    throw error;
  }
}

async function assemble(files: Files, depth: number): Promise<Chart> {
  if (depth > depthMax) throw new ChartError(`charts are nested deeper than ${depthMax}`);
  const chart = plainChart(files);
  const { nested } = partsOf(files, chart.metadata);
  for (const [name, inside] of nested) {
    const dependency = await dependencyOf(name, inside, chart.metadata.name, depth);
    if (dependency) chart.dependencies.push(dependency);
  }
  return chart;
}

/** A chart without its dependencies. */
function plainChart(files: Files): Chart {
  const metadata = readMetadata(files);
  const { templates, others } = partsOf(files, metadata);
  const values = (objectOf(files, 'values.yaml') ?? {}) as ChartValues;
  const schema = files.get('values.schema.json');
  const lock = yamlOf(files, files.has('Chart.lock') ? 'Chart.lock' : 'requirements.lock');
  const crds = others.filter(({ name }) => name.startsWith('crds/') && /\.(?:ya?ml|json)$/i.test(name));
  return {
    metadata,
    values,
    templates,
    crds,
    files: others,
    dependencies: [],
    ...(schema && { schema }),
    ...(lock !== undefined && lock !== null && { lock }),
  };
}

/**
 * Reads a chart archive (.tgz).
 * @throws ChartError with one sentence
 */
export const readChart = async (archive: Uint8Array): Promise<Chart> => assemble(await filesOfArchive(archive), 0);

/**
 * A chart from the files of its folder: names relative to it, `.helmignore` obeyed. Dependencies that lie packed under charts/ are not
 * looked into: that takes {@link readChart}.
 * @throws ChartError with one sentence
 */
export function chartOf(files: Map<string, Uint8Array>): Chart {
  const kept = new Map(
    [...withoutIgnored(files)].flatMap(([name, data]) => {
      const place = placeInChart(`chart/${name}`);
      return place === undefined ? [] : [[place, data] as const];
    }),
  );
  return folderChart(kept, 0);
}

function folderChart(files: Files, depth: number): Chart {
  if (depth > depthMax) throw new ChartError(`charts are nested deeper than ${depthMax}`);
  const chart = plainChart(files);
  for (const [name, inside] of partsOf(files, chart.metadata).nested) {
    if (inside.has('')) {
      if (name.endsWith('.tgz'))
        throw new ChartError(`charts/${name} is packed: unpack it, or read the chart as an archive`);
      continue;
    }
    try {
      chart.dependencies.push(folderChart(inside, depth + 1));
    } catch (error) {
      if (error instanceof ChartError)
        throw new ChartError(`error unpacking subchart ${name} in ${chart.metadata.name}: ${error.message}`);
      throw error;
    }
  }
  return chart;
}
