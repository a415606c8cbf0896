/** Which Kubernetes the cluster is. */
import { expectSuccess } from '@orrery/client';
import { readBody } from '@orrery/http';
import type { PlatformContext } from '../context.ts';

/** Empty while the cluster is away. */
export async function clusterVersion({
  client,
}: Pick<PlatformContext, 'client'>): Promise<{ kubernetes?: { gitVersion: string } }> {
  try {
    const response = await client.raw('GET', '/version');
    await expectSuccess(response);
    return {
      kubernetes: JSON.parse(new TextDecoder().decode(await readBody(response.body))) as { gitVersion: string },
    };
  } catch {
    // The platform's own version is known even while the cluster is away.
    return {};
  }
}
