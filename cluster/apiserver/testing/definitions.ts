/** Definitions for tests, and the wait until they are served. */
import assert from 'node:assert/strict';
import type { TestContext } from 'node:test';
import { at, startServer } from './server.ts';
import type { TestServer } from './server.ts';

export const definitionsPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

export interface DefinitionOptions {
  readonly group?: string;
  readonly plural?: string;
  readonly kind?: string;
  readonly scope?: 'Namespaced' | 'Cluster';
  /** Further fields of names. */
  readonly names?: Record<string, unknown>;
  /** Whole versions, instead of one `v1` with the schema. */
  readonly versions?: readonly Record<string, unknown>[];
  /** The schema of `spec`. */
  readonly spec?: Record<string, unknown>;
  /** Further fields of the version. */
  readonly version?: Record<string, unknown>;
  readonly annotations?: Record<string, string>;
}

export const versionOf = (
  name: string,
  spec: unknown,
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  name,
  served: true,
  storage: true,
  schema: {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec, status: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
    },
  },
  ...more,
});

export function definition(options: DefinitionOptions = {}): Record<string, unknown> {
  const {
    group = 'example.com',
    plural = 'things',
    kind = 'Thing',
    scope = 'Namespaced',
    names,
    annotations,
  } = options;
  const spec = options.spec ?? { type: 'object', properties: { a: { type: 'string' }, n: { type: 'integer' } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}`, ...(annotations && { annotations }) },
    spec: {
      group,
      scope,
      names: { plural, kind, ...names },
      versions: options.versions ?? [versionOf('v1', spec, options.version)],
    },
  };
}

/** Reads again until the answer is as wanted. */
export async function until(server: TestServer, path: string, isDone: (status: number, body: unknown) => boolean) {
  for (const deadline = Date.now() + 60_000; Date.now() < deadline;) {
    const answer = await server.get(path);
    if (isDone(answer.status, answer.body)) return answer;
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  return assert.fail(`${path} did not become as wanted`);
}

export const conditionOf = (body: unknown, type: string): unknown =>
  (at(body, 'status', 'conditions') as { type: string }[] | null)?.find(condition => condition.type === type);

/** Creates a definition and waits until its resources are served. */
export async function define(server: TestServer, options: DefinitionOptions = {}): Promise<void> {
  const given = definition(options);
  const made = await server.create(definitionsPath, given);
  assert.equal(made.status, 201, made.text);
  const path = `${definitionsPath}/${String(at(given, 'metadata', 'name'))}`;
  await until(server, path, (_status, body) => at(conditionOf(body, 'Established'), 'status') === 'True');
}

export const thing = (
  name: string,
  spec: unknown = {},
  more: Record<string, unknown> = {},
): Record<string, unknown> => ({
  apiVersion: 'example.com/v1',
  kind: 'Thing',
  metadata: { name },
  spec,
  ...more,
});

/** A server with these definitions, which ends with the test. */
export async function serverWith(t: TestContext, ...definitions: DefinitionOptions[]): Promise<TestServer> {
  const server = await startServer();
  t.after(server.close);
  for (const options of definitions) await define(server, options);
  return server;
}
