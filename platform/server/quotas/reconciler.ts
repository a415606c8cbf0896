/** Keeps what quotas say they are used for, and whom the cluster asks; quotas whose workspace is gone go. */
import { resources } from '@orrery/client/resources';
import type { KubeObject } from '@orrery/machinery/meta';
import { orUndefined } from '@orrery/machinery/status';
import { labels, platformResources, type WorkspaceQuota } from '@orrery/platform-kinds';
import { watchOf, type ControllerOptions, type Result } from '@orrery/reconciler';
import { heal } from '../access/heal.ts';
import { managedBy } from '../access/materialise.ts';
import type { PlatformContext } from '../context.ts';
import type { AdmissionPlace } from '../install/admission.ts';
import { configurationName, configurations, webhookConfiguration } from './admission.ts';
import type { Ledger } from './ledger.ts';
import { countedKinds, hardOf, kindsOf, workspaceOf } from './usage.ts';

const labelSelector = Object.entries(managedBy)
  .map(([name, value]) => `${name}=${value}`)
  .join(',');

const settleAgainMs = 30_000;

/** The first quota of the cluster makes the kinds that it counts be followed; until then nothing is. */
export function healQuotas(
  context: PlatformContext,
  ledger: Ledger,
  place: AdmissionPlace | undefined,
  path: string,
): ControllerOptions {
  const { client, informers } = context;
  const quotas = informers.of<WorkspaceQuota>(platformResources.workspaceQuotas);
  const projects = informers.of(resources.namespaces);
  const templates = informers.of(platformResources.workspacetemplates);
  const asked = informers.of(configurations, { labelSelector });
  const of = (workspace: string | undefined): string[] =>
    quotas
      .list()
      .filter(quota => workspaceOf(quota) === workspace)
      .map(({ metadata }) => `quotas/${metadata.name}`);
  const workspaceIn = (namespace: string | undefined) =>
    projects.get(namespace ?? '')?.metadata.labels?.[labels.workspace];
  const tell = new Set<(key: string) => void>();
  const followed = new Set<string>();
  /** Objects wake the quotas of their workspace; a kind is followed from the first quota on that counts it. */
  const follow = () => {
    for (const kind of countedKinds) {
      const name = `${kind.group}/${kind.resource}`;
      if (followed.has(name) || !quotas.list().some(quota => kindsOf(hardOf(quota)).includes(kind))) continue;
      followed.add(name);
      informers.of(kind).onChange(({ before, after }) => {
        const keys = of(workspaceIn((after ?? before)?.metadata.namespace));
        for (const key of keys) for (const one of tell) one(key);
      });
    }
  };
  quotas.onChange(follow);
  return {
    name: 'platform-quotas',
    sources: [
      watchOf(quotas, ({ before, after }) => ['configuration', `quotas/${(after ?? before)!.metadata.name}`]),
      watchOf(projects, ({ before, after }) =>
        [before, after].flatMap(project => (project ? of(project.metadata.labels?.[labels.workspace]) : [])),
      ),
      watchOf(templates, ({ before, after }) => of((after ?? before)!.metadata.name)),
      watchOf(asked, () => ['configuration']),
      {
        synced: quotas.synced,
        start(queue) {
          const add = (key: string) => void queue.add(key);
          tell.add(add);
          return () => void tell.delete(add);
        },
      },
    ],
    async reconcile(key): Promise<Result | void> {
      if (key === 'configuration') return configure();
      const name = key.slice('quotas/'.length);
      const quota = quotas.get(name);
      if (!quota) return;
      const workspace = workspaceOf(quota);
      if (workspace !== '' && !(await orUndefined(client.get(platformResources.workspacetemplates, workspace)))) {
        await orUndefined(client.delete(platformResources.workspaceQuotas, name));
        return;
      }
      await ledger.settle(name);
      // Pods end, and what was let in does not come, without anybody telling.
      return { requeueAfterMs: settleAgainMs };
    },
  };

  async function configure(): Promise<void> {
    if (!place) return;
    const wanted = webhookConfiguration(quotas.list(), place, path);
    const found = await orUndefined(client.get<KubeObject>(configurations, configurationName));
    const as = (object: KubeObject | undefined) => (object ? [{ resource: configurations, object }] : []);
    await heal(client, as(wanted), as(found));
  }
}
