/** Which version of the platform brought what is there: replicas of two versions side by side must not undo each other. */
import type { Client } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { compareVersions, parseVersion } from '@orrery/helm/semver';
import type { KubeObject } from '@orrery/machinery/meta';
import { isReason } from '@orrery/machinery/status';
import { annotations, systemNamespace } from '@orrery/platform-kinds';

/**
 * Whether this version may correct kinds and roles: no newer one has been here. Then it is written down that this one was. It is asked each
 * time, since a newer one may come while this one runs.
 */
export async function isNewest(client: Client, version: string): Promise<boolean> {
  for (;;) {
    const namespace = await client.get<KubeObject>(resources.namespaces, systemNamespace);
    const last = namespace.metadata.annotations?.[annotations.installedVersion];
    if (last === version) return true;
    if (last !== undefined && isOlder(version, last)) return false;
    try {
      await client.update(resources.namespaces, withVersion(namespace, version));
      return true;
    } catch (error) {
      // Somebody else wrote it: look again.
      if (!isReason(error, 'Conflict')) throw error;
    }
  }
}

function isOlder(version: string, than: string): boolean {
  const [own, other] = [parseVersion(version), parseVersion(than)];
  return own !== undefined && other !== undefined && compareVersions(own, other) < 0;
}

const withVersion = ({ metadata, ...rest }: KubeObject, version: string): KubeObject => ({
  ...rest,
  metadata: { ...metadata, annotations: { ...metadata.annotations, [annotations.installedVersion]: version } },
});
