/**
 * Where everything lives under the data directory. `server/` belongs to the unprivileged user of the server process, all else to
 * root; nothing outside this directory is written except sockets below /run/orrery, kernel objects (namespaces, tables, cgroups) and
 * CNI's records of pods, all of which `reset` removes.
 */
import { join } from 'node:path';

export interface Layout {
  readonly root: string;
  /** Format version of the directory as a whole. */
  readonly formatFile: string;
  /** Held by the process that runs a cluster here. */
  readonly lockFile: string;
  /** The running instance: process id, its start time, port. */
  readonly instanceFile: string;
  /** The options of the last start: what a later `up` takes where it is told nothing else. */
  readonly settingsFile: string;
  readonly kubeconfig: string;
  /** Archives that are loaded into the runtime at each start. */
  readonly images: string;
  /** The program as the server process runs it: copied here, since that user may not be able to enter the clone. */
  readonly program: string;
  readonly logs: string;
  readonly server: { readonly root: string; readonly store: string; readonly pki: string; readonly audit: string };
  readonly agent: {
    readonly root: string;
    readonly containerd: string;
    readonly node: string;
    /** Keys, certificates and what is known of the cluster on a machine that joined another's. */
    readonly joined: string;
    readonly registries: string;
  };
}

export function layoutOf(root: string): Layout {
  const server = join(root, 'server');
  const agent = join(root, 'agent');
  return {
    root,
    formatFile: join(root, 'format'),
    lockFile: join(root, 'lock'),
    instanceFile: join(root, 'instance.json'),
    settingsFile: join(root, 'settings.json'),
    kubeconfig: join(root, 'kubeconfig'),
    images: join(root, 'images'),
    program: join(root, 'program'),
    logs: join(root, 'logs'),
    server: { root: server, store: join(server, 'store'), pki: join(server, 'pki'), audit: join(server, 'audit') },
    agent: {
      root: agent,
      containerd: join(agent, 'containerd'),
      node: join(agent, 'node'),
      joined: join(agent, 'joined'),
      registries: join(root, 'registries.yaml'),
    },
  };
}

/** The bridge of the pods of a real node; one per network namespace. */
export const bridgeName = 'orrery0';

export type { Settings } from './settings.ts';
export { advertisedAddress, defaultSettings, addressAt } from './settings.ts';
