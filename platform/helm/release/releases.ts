/** The releases of a cluster, through one client and with its rights. */
import type { Client } from '@orrery/client';
import type { Clock } from '@orrery/machinery/clock';
import type { Random } from '@orrery/machinery/random';
import type { Releases } from '../types.ts';
import { checkName, type ActionContext } from './context.ts';
import { install } from './install.ts';
import { createStorage, releaseOf } from './storage.ts';
import { uninstall } from './uninstall.ts';
import { rollback, upgrade } from './upgrade.ts';

/** @param client its user must be allowed what charts bring, and Secrets in the namespaces of releases */
export function releases(client: Client, clock: Clock, random: Random): Releases {
  const storage = createStorage(client, () => clock.now());
  const context: ActionContext = { client, clock, random, storage };
  return {
    install: (chart, options) => install(context, chart, options),
    upgrade: (chart, options) => upgrade(context, chart, options),
    rollback: (name, namespace, revision, options = {}) => rollback(context, name, namespace, revision, options),
    uninstall: (name, namespace, options = {}) => uninstall(context, name, namespace, options),
    async get(name, namespace, revision) {
      checkName(name);
      const found =
        revision === undefined
          ? (await storage.history(name, namespace)).at(-1)
          : await storage.get(name, namespace, revision);
      return found && releaseOf(found);
    },
    list: async namespace => (await storage.latest(namespace)).map(releaseOf),
    async history(name, namespace) {
      checkName(name);
      return (await storage.history(name, namespace)).map(releaseOf);
    },
  };
}
