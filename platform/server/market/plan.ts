/** What is to be done for an InstallPlan, and what is told of it: pure. */
import { StatusError } from '@orrery/machinery/status';
import type { Condition, InstallPlan, InstallPlanStatus, InstallState } from '@orrery/platform-kinds';
import { readDocument, type Fields } from '../config/document.ts';
import { hostCluster } from '../chain/target.ts';

export const finalizer = 'kubesphere.io/installplan-protection';
const statesMax = 10;

/** The values of a plan: its own, and over them those for this cluster. @throws StatusError 422 that names the field. */
export function valuesOf({ spec }: InstallPlan): Fields {
  const own = readValues('spec.config', spec.config);
  const override = spec.clusterScheduling?.overrides?.[hostCluster];
  return merged(own, readValues(`spec.clusterScheduling.overrides.${hostCluster}`, override));
}

function readValues(field: string, text = ''): Fields {
  if (text.trim() === '' || text.trim() === '{}') return {};
  const values = readDocument(text);
  if (!values) throw new StatusError(422, 'Invalid', `${field}: must be values in YAML, names with what they hold`);
  return values;
}

const isMap = (value: unknown): value is Fields => typeof value === 'object' && value !== null && !Array.isArray(value);

/** What `over` says counts; maps are put together. */
export function merged(values: Fields, over: Fields): Fields {
  const names = [...new Set([...Object.keys(values), ...Object.keys(over)])].filter(name => name !== '__proto__');
  return Object.fromEntries(
    names.map(name => {
      if (!Object.hasOwn(over, name)) return [name, values[name]];
      const [below, above] = [values[name], over[name]];
      return [name, isMap(below) && isMap(above) ? merged(below, above) : above];
    }),
  );
}

/** @throws StatusError 422 in words, for what would never be installed. */
export function checkPlan(plan: InstallPlan): void {
  valuesOf(plan);
  const { clusters = [] } = plan.spec.clusterScheduling?.placement ?? {};
  const foreign = clusters.find(name => name !== hostCluster);
  if (foreign !== undefined)
    throw new StatusError(
      422,
      'Invalid',
      `spec.clusterScheduling.placement.clusters: "${foreign}" is no cluster of this platform: extensions go to ${hostCluster}`,
    );
}

/** What stands in the status of a plan, told from all that its release depends on. */
export const inputsOf = ({ spec }: InstallPlan): string =>
  JSON.stringify([spec.config ?? '', spec.clusterScheduling?.overrides?.[hostCluster] ?? '']);

const settled: ReadonlySet<string> = new Set(['Installed', 'Upgraded', 'InstallFailed', 'UpgradeFailed']);

/** Whether the release is to be made or changed. What failed is tried again when something else is wanted. */
export function needsRelease({ spec, status = {} }: InstallPlan, configHash: string): boolean {
  if (!settled.has(status.state ?? '')) return true;
  return status.version !== spec.extension.version || status.configHash !== configHash;
}

const conditionOf: Readonly<
  Partial<Record<InstallState, readonly [type: string, status: Condition['status'], reason: string]>>
> = {
  Preparing: ['Initialized', 'True', 'Initialized'],
  Installed: ['Installed', 'True', 'InstallSuccessful'],
  InstallFailed: ['Installed', 'False', 'InstallFailed'],
  Upgraded: ['Upgraded', 'True', 'UpgradeSuccessful'],
  UpgradeFailed: ['Upgraded', 'False', 'UpgradeFailed'],
  Uninstalled: ['Uninstalled', 'True', 'UninstallSuccessful'],
  UninstallFailed: ['Uninstalled', 'False', 'UninstallFailed'],
};

/** The status in another state: its history says the last ten, its conditions how each kind of change ended. `Upgraded` is told as `Installed`. */
export function statusIn(
  before: InstallPlanStatus | undefined,
  state: InstallState,
  now: string,
  message = '',
): InstallPlanStatus {
  const { stateHistory = [], conditions = [], ...rest } = before ?? {};
  const shown = state === 'Upgraded' ? 'Installed' : state;
  const moved = stateHistory.at(-1)?.state !== shown;
  const said = conditionOf[state];
  const [type, status, reason] = said ?? [];
  const known = conditions.find(condition => condition.type === type);
  const condition: Condition | undefined =
    said &&
    ({
      type,
      status,
      reason,
      message,
      lastTransitionTime: known?.status === status ? (known?.lastTransitionTime ?? now) : now,
    } as Condition);
  return {
    ...rest,
    state: shown,
    conditions: condition ? [condition, ...conditions.filter(other => other.type !== type)] : conditions,
    stateHistory: moved ? [...stateHistory, { lastTransitionTime: now, state: shown }].slice(-statesMax) : stateHistory,
  };
}
