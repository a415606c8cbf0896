/** From rendered files to manifests and hooks in Helm's order. */
import type { KubeObject } from '@orrery/machinery/meta';
import { RenderError } from '../errors.ts';
import { parseYaml } from '../formats/yaml.ts';
import { compareTexts } from '../template/values.ts';
import type { Hook, HookDeletePolicy, HookEvent, RenderedManifest } from '../types.ts';
import { installOrder } from './order.data.ts';

export interface Sorted {
  readonly hooks: Hook[];
  /** Documents without an object (comments alone) are among them, as Helm stores them. */
  readonly documents: { readonly path: string; readonly content: string; readonly object?: KubeObject }[];
}

const events: Readonly<Record<string, HookEvent>> = {
  'pre-install': 'pre-install',
  'post-install': 'post-install',
  'pre-delete': 'pre-delete',
  'post-delete': 'post-delete',
  'pre-upgrade': 'pre-upgrade',
  'post-upgrade': 'post-upgrade',
  'pre-rollback': 'pre-rollback',
  'post-rollback': 'post-rollback',
  test: 'test',
  'test-success': 'test',
};

/** The documents of a file: parted by lines that begin with three dashes. */
export function splitDocuments(text: string): string[] {
  const documents: string[][] = [[]];
  for (const line of text.trim().split('\n')) {
    if (line.startsWith('---')) documents.push([line.slice(3)]);
    else documents.at(-1)!.push(line);
  }
  return documents.map(lines => lines.join('\n').trim()).filter(document => document !== '');
}

/** An object of a document; undefined for one that is empty. @throws RenderError */
export function objectOf(content: string, path: string): KubeObject | undefined {
  let value: unknown;
  try {
    value = parseYaml(content);
  } catch (error) {
    throw new RenderError(`YAML parse error on ${path}: error converting YAML to JSON: ${(error as Error).message}`);
  }
  if (value === null) return undefined;
  if (typeof value !== 'object' || Array.isArray(value))
    throw new RenderError(`YAML parse error on ${path}: the document is no map`);
  const object = value as KubeObject;
  for (const field of ['apiVersion', 'kind'] as const) {
    if (typeof object[field] !== 'string' || object[field] === '')
      throw new RenderError(`${path}: an object has no ${field}`);
  }
  if (object.metadata === undefined || object.metadata === null) return { ...object, metadata: {} };
  if (typeof object.metadata !== 'object' || Array.isArray(object.metadata))
    throw new RenderError(`${path}: metadata of an object is no map`);
  return object;
}

const wordsOf = (text: unknown): string[] =>
  typeof text === 'string' ? text.split(',').map(word => word.trim().toLowerCase()) : [];

/** Undefined when the object is no hook, or one of a kind that Helm does not know. */
function hookOf(object: KubeObject, path: string, manifest: string): Hook | 'unknown' | undefined {
  const { annotations } = object.metadata;
  const written: unknown = annotations?.['helm.sh/hook'];
  if (written === undefined || written === null) return undefined;
  const named = wordsOf(String(written)).map(word => (Object.hasOwn(events, word) ? events[word] : undefined));
  if (named.includes(undefined)) return 'unknown';
  const weight = /^[+-]?\d{1,9}$/.exec(String(annotations?.['helm.sh/hook-weight'] ?? ''));
  return {
    name: object.metadata.name ?? '',
    kind: object.kind ?? '',
    path,
    manifest,
    events: named as HookEvent[],
    weight: weight ? Number(weight[0]) : 0,
    delete_policies: wordsOf(annotations?.['helm.sh/hook-delete-policy']) as HookDeletePolicy[],
    last_run: { started_at: '', completed_at: '', phase: '' },
  };
}

const places = new Map(installOrder.map((kind, at) => [kind, at]));

/** Kinds that Helm does not know come last, by name. */
export function compareKinds(a: string, b: string): number {
  const [left, right] = [places.get(a), places.get(b)];
  if (left === undefined && right === undefined) return compareTexts(a, b);
  return (left ?? places.size) - (right ?? places.size);
}

/** @param pause between documents; @throws RenderError */
export async function sortManifests(files: ReadonlyMap<string, string>, pause: () => Promise<void>): Promise<Sorted> {
  const hooks: Hook[] = [];
  const documents: Sorted['documents'][number][] = [];
  let read = 0;
  for (const path of [...files.keys()].sort(compareTexts)) {
    for (const content of splitDocuments(files.get(path)!)) {
      read += content.length;
      if (read > 4096) {
        read = 0;
        await pause();
      }
      const object = objectOf(content, path);
      const hook = object && hookOf(object, path, content);
      if (hook === undefined) documents.push({ path, content, ...(object && { object }) });
      else if (hook !== 'unknown') hooks.push(hook);
    }
  }
  hooks.sort((a, b) => compareKinds(a.kind, b.kind));
  documents.sort((a, b) => compareKinds(a.object?.kind ?? '', b.object?.kind ?? ''));
  return { hooks, documents };
}

/** The text of a release's manifest. */
export const joinDocuments = (documents: Sorted['documents']): string =>
  documents.map(({ path, content }) => `---\n# Source: ${path}\n${content}\n`).join('');

/** The objects of a stored manifest. */
export function manifestsOf(text: string): RenderedManifest[] {
  return splitDocuments(text).flatMap(content => {
    const path = /^# Source: (.*)$/m.exec(content)?.[1] ?? '';
    const object = objectOf(content, path);
    return object ? [{ path, content, object }] : [];
  });
}
