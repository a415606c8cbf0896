/** Chart.yaml: what it may say. Pure. */
import { ChartError } from '../errors.ts';
import { parseVersion } from '../functions/semver.ts';
import type { ChartDependency, ChartMetadata } from '../types.ts';

const textFields = [
  'apiVersion',
  'name',
  'version',
  'appVersion',
  'kubeVersion',
  'description',
  'type',
  'home',
  'icon',
  'condition',
  'tags',
] as const;
const listFields = ['keywords', 'sources', 'maintainers', 'dependencies'] as const;

const bad = (field: string, wanted: string): ChartError =>
  new ChartError(`cannot load Chart.yaml: ${field} must be ${wanted}`);

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** Keeps what is known, with the types that are meant. */
export function metadataOf(raw: Record<string, unknown>): ChartMetadata {
  const metadata: Record<string, unknown> = {};
  for (const field of textFields) {
    const value = raw[field];
    if (value === undefined || value === null) continue;
    // Numbers are often left without quotes: `appVersion: 1.16`. Helm refuses them too.
    if (typeof value !== 'string') throw bad(field, 'a text: put it in quotes');
    metadata[field] = value;
  }
  for (const field of listFields) {
    const value = raw[field];
    if (value === undefined || value === null) continue;
    if (!Array.isArray(value)) throw bad(field, 'a list');
    metadata[field] = value;
  }
  if (typeof raw['deprecated'] === 'boolean') metadata['deprecated'] = raw['deprecated'];
  if (isObject(raw['annotations']))
    metadata['annotations'] = Object.fromEntries(
      Object.entries(raw['annotations']).map(([key, value]) => [key, String(value)]),
    );
  return { ...metadata, apiVersion: metadata['apiVersion'] ?? 'v1' } as ChartMetadata;
}

const required = (field: string): ChartError => new ChartError(`validation: chart.metadata.${field} is required`);

/** @throws ChartError in Helm's words */
export function checkMetadata(metadata: ChartMetadata): void {
  const { apiVersion, name, version, type = '' } = metadata;
  if (apiVersion !== 'v1' && apiVersion !== 'v2')
    throw new ChartError(`chart.metadata.apiVersion ${JSON.stringify(apiVersion)} is not known: it is "v1" or "v2"`);
  if (!name) throw required('name');
  if (name.includes('/') || name === '.' || name === '..')
    throw new ChartError(`validation: chart.metadata.name ${JSON.stringify(name)} is invalid`);
  if (!version) throw required('version');
  if (!parseVersion(version))
    throw new ChartError(`validation: chart.metadata.version ${JSON.stringify(version)} is invalid`);
  if (!['', 'application', 'library'].includes(type))
    throw new ChartError('validation: chart.metadata.type must be application or library');
  for (const dependency of metadata.dependencies ?? []) checkDependency(dependency);
}

function checkDependency(dependency: ChartDependency): void {
  if (!isObject(dependency)) throw new ChartError('validation: dependencies must not contain empty or null nodes');
  const { name, alias } = dependency;
  if (typeof name !== 'string' || name === '') throw new ChartError('validation: a dependency has no name');
  if (alias !== undefined && !/^[a-zA-Z0-9_-]+$/.test(alias)) {
    throw new ChartError(`validation: dependency ${JSON.stringify(name)} has disallowed characters in the alias`);
  }
}
