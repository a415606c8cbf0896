/** Whole requests: whatever comes in, the API answers below 500, and the next request is served. */
import { startServer, type TestServer } from '../../cluster/apiserver/testing/server.ts';
import type { Random } from '@orrery/machinery/random';
import { stringify } from 'yaml';
import { below, drawJson, drawObject, mutateText, oddText, pick } from './draw.ts';
import type { Target } from './fuzz.ts';

let server: Promise<TestServer> | undefined;
/** One server for all requests. */
const theServer = (): Promise<TestServer> => (server ??= startServer());

export async function closeServer(): Promise<void> {
  await (await server)?.close();
  server = undefined;
}

/** A mistake of ours, as the chain tells it; what upstream answers with 500 as well has no reason and another sentence. */
const isMistake =
  /"reason":"InternalError"|is not a function|Cannot (read|mix|convert|destructure)|undefined|call stack/;

const patchTypes = ['json-patch', 'merge-patch', 'strategic-merge-patch', 'apply-patch'] as const;

function drawTarget(random: Random): string {
  const name = pick(random, ['a', 'b', oddText(random)]);
  const path = pick(random, [
    '/api/v1/namespaces/n/configmaps',
    `/api/v1/namespaces/n/configmaps/${encodeURIComponent(name.toWellFormed())}`,
    `/api/v1/namespaces/n/pods/${encodeURIComponent(name.toWellFormed())}`,
    '/apis/apps/v1/namespaces/n/deployments/a',
    '/apis/apps/v1/namespaces/n/deployments/a/scale',
    '/api/v1/namespaces',
  ]);
  const parameter = pick(random, [
    'labelSelector',
    'fieldSelector',
    'limit',
    'continue',
    'resourceVersion',
    'fieldManager',
    'dryRun',
    'force',
  ]);
  const query = random.float() < 0.5 ? `?${parameter}=${encodeURIComponent(oddText(random).toWellFormed())}` : '';
  const target = path + query + (random.float() < 0.5 ? '' : `${query ? '&' : '?'}fieldManager=f&force=true`);
  // Watches have no end of their own.
  const drawn = random.float() < 0.8 ? target : mutateText(random, target);
  return drawn.replace(/watch/gi, '');
}

function drawBody(random: Random): Record<string, unknown> {
  const metadata = { name: pick(random, ['a', 'b', oddText(random)]), ...(random.float() < 0.3 && drawObject(random)) };
  const kinds = [
    { apiVersion: 'v1', kind: 'ConfigMap', data: drawJson(random) },
    {
      apiVersion: 'v1',
      kind: 'Pod',
      spec: { containers: [{ name: 'c', image: 'i', ...drawObject(random) }], ...drawObject(random) },
    },
    { apiVersion: 'apps/v1', kind: 'Deployment', spec: { selector: drawJson(random), template: drawJson(random) } },
    drawObject(random),
  ];
  return { ...pick<Record<string, unknown>>(random, kinds), metadata };
}

const request: Target = async random => {
  const api = await theServer();
  const method = pick(random, ['GET', 'POST', 'PUT', 'PATCH', 'DELETE']);
  const type =
    method === 'PATCH'
      ? `application/${pick(random, patchTypes)}+${random.float() < 0.8 ? 'json' : 'yaml'}`
      : pick(random, ['application/json', 'application/yaml', oddText(random)]);
  const body =
    method === 'PATCH' && type.includes('json-patch')
      ? [{ op: pick(random, ['add', 'remove', 'test']), path: `/${oddText(random)}`, value: drawJson(random) }]
      : drawBody(random);
  const written = type.includes('yaml') ? stringify(body) : JSON.stringify(body);
  const text = random.float() < 0.7 ? written : mutateText(random, written);
  const target = drawTarget(random);
  const headers = { 'content-type': type.replaceAll(/[^ -~]/g, '') };
  const { status, text: answer } = await api.call(method, target, { body: new TextEncoder().encode(text), headers });
  if (status >= 500 && isMistake.test(answer))
    throw new Error(
      `${method} ${target} (${type}) ${text.slice(0, 500)} was answered ${status} ${answer.slice(0, 500)}`,
    );
  if (below(random, 50) === 0) {
    const { status: well } = await api.get('/api/v1/namespaces/n/configmaps');
    if (well !== 200) throw new Error(`afterwards a list was answered ${well}`);
  }
};

export const api: Readonly<Record<string, Target>> = { request };
