/** A node that is told to end while it begins. */
import { test } from 'node:test';
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
