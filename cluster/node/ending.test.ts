/** A node that is told to end while it begins. */
import { test } from 'node:test';
import type { Client } from '@orrery/client';
import { startTestNode } from './testing.ts';

test('it ends in peace although the API has told of no pod yet', async () => {
  const node = await startTestNode({
    between: client => ({
      ...client,
      list: (resource, options = {}) => {
        const { signal } = options;
        if (resource.resource !== 'pods') return client.list(resource, options);
        return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
      },
    }),
  });
  // What is rejected with nobody listening would fail the test.
  await node.close();
});

test('it ends although the API server has fallen silent', { timeout: 60_000 }, async () => {
  let isSilent = false;
  const unanswered = (signal: AbortSignal | undefined): Promise<never> =>
    new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason as Error)));
  const between = (client: Client): Client => ({
    ...client,
    get: (resource, name, options) => (isSilent ? unanswered(options?.signal) : client.get(resource, name, options)),
    update: (resource, object, options) =>
      isSilent ? unanswered(options?.signal) : client.update(resource, object, options),
    patch: (resource, name, kind, change, options) =>
      isSilent ? unanswered(options?.signal) : client.patch(resource, name, kind, change, options),
  });
  const node = await startTestNode({ between });
  isSilent = true;
  // Its lease and its status are due: both are being written.
  await node.clock.advance(310_000);
  await node.close();
});
