/** Bringing an installation of KubeSphere over: read both, plan, act, tell. */
import { createClient, type Client } from '@orrery/client';
import type { Handler } from '@orrery/http';
import type { Clock } from '@orrery/machinery/clock';
import { ensureKinds, kinds } from '@orrery/platform-kinds';
import { namespaceObject } from '../install/manifest.ts';
import { apply, ensureLedgerPlace, readLedger, stopConversion, type Failure } from './apply.ts';
import { readLeft } from './left.ts';
import { plan } from './plan.ts';
import { generationOf, readSnapshot } from './read.ts';
import { dropFinalizers, ignoreWebhooks } from './release.ts';
import type { Line, Snapshot } from './shapes.ts';

export { plan, translate } from './plan.ts';
export { readSnapshot } from './read.ts';
export type { Failure } from './apply.ts';
export type { Action, Ledger, Line, Plan, PlanOptions, Snapshot, Verdict } from './shapes.ts';

export interface ImportOptions {
  readonly source: Handler;
  /** The cluster of the platform; the source's own when it is adopted in place. */
  readonly target: Handler;
  readonly clock: Clock;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  /** One sentence per step, without an end of line. */
  readonly tell?: (step: string) => void;
  readonly progress?: (done: number, all: number) => void;
}

export interface ImportReport {
  readonly generation: '3.x' | '4.x';
  readonly inPlace: boolean;
  readonly dryRun: boolean;
  readonly lines: readonly Line[];
  /** What the cluster refused. */
  readonly failures: readonly Failure[];
}

/** Rejects in one sentence when there is nothing to bring. With `dryRun` nothing is written anywhere. */
export async function importKubeSphere(options: ImportOptions): Promise<ImportReport> {
  const { clock, dryRun = false, force = false, tell = () => {} } = options;
  const from = createClient(options.source, { userAgent: 'orrery-import' });
  const to = createClient(options.target, { userAgent: 'orrery-import' });
  const generation = await generationOf(from);
  if (generation === undefined)
    throw new Error('there is no KubeSphere in that cluster: it serves no users of iam.kubesphere.io');
  tell(`reading KubeSphere ${generation}`);
  const source = { ...(await readSnapshot(from)), left: await readLeft(from) };
  if (!dryRun) await prepare(to, clock, tell);
  const target = await readSnapshot(to);
  if (!dryRun && source.cluster === target.cluster) await letGo(to, target, tell);
  const ledger = await readLedger(to);
  const planned = plan(source, target, { force, ledger });
  const report = { generation, inPlace: source.cluster === target.cluster, dryRun, lines: planned.lines };
  if (dryRun) return { ...report, failures: [] };
  tell(`writing ${planned.actions.length} objects`);
  return { ...report, failures: await apply(to, planned, ledger, options.progress) };
}

async function letGo(client: Client, snapshot: Snapshot, tell: (step: string) => void): Promise<void> {
  const webhooks = await ignoreWebhooks(client);
  if (webhooks.length > 0) tell(`webhooks that may fail from now on: ${webhooks.join(', ')}`);
  const count = await dropFinalizers(client, snapshot);
  if (count > 0) tell(`objects that KubeSphere's controllers hold no longer: ${count}`);
}

/** Where the platform never ran there are no kinds yet; where KubeSphere ran its webhook is asked no longer. */
async function prepare(client: Client, clock: Clock, tell: (step: string) => void): Promise<void> {
  tell('preparing the cluster of the platform');
  await ensureLedgerPlace(client, namespaceObject.object);
  await stopConversion(
    client,
    kinds.map(({ plural, group }) => `${plural}.${group}`),
  );
  await ensureKinds({ client, clock });
}
