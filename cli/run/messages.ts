/** What the processes of a cluster tell each other over the channel between parent and child. */
import type { Settings } from '@orrery/embedded/layout';

/** From a detached cluster to the command that started it. */
export type Report =
  /** A step began (`done` absent) or ended, with the milliseconds it took. */
  | { readonly type: 'step'; readonly name: string; readonly tookMs?: number; readonly note?: string }
  | { readonly type: 'ready'; readonly summary: Summary }
  /** A machine that joined runs as a node. */
  | { readonly type: 'joined'; readonly nodeName: string; readonly server: string }
  | { readonly type: 'failed'; readonly message: string; readonly exitCode: number };

export interface Summary {
  readonly kubeconfig: string;
  readonly url: string;
  readonly nodes: string;
  /** Where the platform answers; absent without one. */
  readonly console?: string;
  /** Told once in the life of a cluster, and kept nowhere. */
  readonly firstAccount?: FirstAccount;
  readonly notes: readonly string[];
}

export interface FirstAccount {
  readonly user: string;
  readonly password: string;
}

/** From the parent to the server process, once. */
export interface ServerOptions {
  readonly root: string;
  readonly settings: Settings;
  /** Take any free port when the wanted one is taken. */
  readonly anyPort: boolean;
  readonly anyConsolePort: boolean;
  /** The first administrator's, where the user chose it. */
  readonly firstPassword?: string;
  /** The node whose certificates are wanted; absent when nodes are simulated. */
  readonly nodeName?: string;
  /** The user and group to become once everything is loaded; absent means to stay. */
  readonly user?: number;
}

/** From the parent to the server process that has answered: the nodes are there, now the platform. */
export const platformNow = 'platform';

/** From the server process to its parent. */
export type ServerReport =
  | { readonly type: 'credentials' }
  /** The store has a newer format; its former files are there. */
  | { readonly type: 'migrated'; readonly backup: string }
  | { readonly type: 'ready'; readonly port: number; readonly consolePort?: number }
  /** The platform answers. The account is told by the start that made it, unless its password was given. */
  | { readonly type: 'platform'; readonly firstAccount?: FirstAccount }
  | { readonly type: 'platform-failed'; readonly message: string }
  | { readonly type: 'failed'; readonly message: string };
