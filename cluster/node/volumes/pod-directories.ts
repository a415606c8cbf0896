/** Where things of a pod are on disk, below the data directory; names as upstream's `/var/lib/kubelet` has them. */
import path from 'node:path';

export interface PodDirectories {
  readonly root: string;
  pod(uid: string): string;
  /** `kind` e.g. `configmap`. */
  volume(uid: string, kind: string, name: string): string;
  subPath(uid: string, volume: string, container: string, index: number): string;
  hosts(uid: string): string;
  /** A container's own directory: termination messages. */
  container(uid: string, name: string): string;
  readonly logRoot: string;
  /** The pod's log directory. */
  logs(pod: { namespace: string; name: string; uid: string }): string;
}

export function podDirectories(dataDirectory: string): PodDirectories {
  const root = path.join(dataDirectory, 'pods');
  const logRoot = path.join(dataDirectory, 'logs', 'pods');
  const pod = (uid: string) => path.join(root, uid);
  return {
    root,
    logRoot,
    pod,
    volume: (uid, kind, name) => path.join(pod(uid), 'volumes', `kubernetes.io~${kind}`, name),
    subPath: (uid, volume, container, index) =>
      path.join(pod(uid), 'volume-subpaths', volume, container, String(index)),
    hosts: uid => path.join(pod(uid), 'etc-hosts'),
    container: (uid, name) => path.join(pod(uid), 'containers', name),
    logs: ({ namespace, name, uid }) => path.join(logRoot, `${namespace}_${name}_${uid}`),
  };
}
