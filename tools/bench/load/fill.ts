/** Objects that are there while others are measured. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { resources } from '@orrery/client/resources';
import { h2load } from '../generators.ts';
import type { LoadRun } from './run.ts';
import { configMap, pod } from './objects.ts';
import type { Target } from './target.ts';

/** Those that are asked for by name are made one by one, the rest by a generator. */
export const namedObjects = 100;
const connections = 16;

/** Makes {@link LoadRun.objects} pods and config maps. */
export async function fillTarget(run: LoadRun, { client, kept, url, token }: Target): Promise<void> {
  const named = Math.min(namedObjects, run.objects);
  for (let at = 0; at < named; at++) {
    run.signal.throwIfAborted();
    await client.create(resources.pods, pod({ name: `item-${at}` }), { namespace: kept });
    await client.create(resources.configmaps, configMap({ name: `item-${at}` }), { namespace: kept });
  }
  const rest = run.objects - named;
  if (rest === 0) return;
  const naming = { generateName: 'filling-' };
  for (const [resource, object] of [
    ['pods', pod(naming)],
    ['configmaps', configMap(naming)],
  ] as const) {
    const body = join(run.directory, `filling-${resource}`);
    await writeFile(body, JSON.stringify(object));
    await h2load(run.h2load!, {
      url: `${url}/api/v1/namespaces/${kept}/${resource}`,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      protocol: 'HTTP/1.1',
      connections: Math.min(connections, rest),
      requests: rest,
      body,
      signal: run.signal,
    });
  }
}
