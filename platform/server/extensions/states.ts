/** What is told of the parts of extensions: whether they count, and why not. */
import type { KubeObject } from '@orrery/machinery/meta';
import { labels, type Condition, type ExtensionState, type InstallPlan } from '@orrery/platform-kinds';

export interface Part extends KubeObject {
  status?: { state?: ExtensionState; conditions?: Condition[]; link?: string };
}

/** The extension that an object belongs to: its name where none is said. */
export const extensionOf = ({ metadata }: KubeObject): string => metadata.labels?.[labels.extension] || metadata.name!;

/** Only what is available answers, or is told to the console. */
export const isAvailable = ({ status, metadata }: Part): boolean =>
  status?.state === 'Available' && metadata.deletionTimestamp === undefined;

/** Older ones win: whoever comes later takes no address away. */
export const byAge = (left: KubeObject, right: KubeObject): number =>
  (left.metadata.creationTimestamp ?? '').localeCompare(right.metadata.creationTimestamp ?? '') ||
  left.metadata.name!.localeCompare(right.metadata.name!);

export interface Judged {
  readonly state: ExtensionState;
  readonly reason: string;
  readonly message: string;
}

/**
 * The state of a part: that of the plan of its extension, where there is one. Without a plan a part that somebody switched off stays off.
 * `problem` says in a sentence why it cannot be used.
 */
export function judge(part: Part, plan: InstallPlan | undefined, problem: string | undefined): Judged {
  const off = plan ? plan.spec.enabled === false : part.status?.state === 'Disabled';
  if (off) return { state: 'Disabled', reason: 'Disabled', message: 'It is switched off.' };
  if (problem !== undefined) return { state: 'Unavailable', reason: 'Unusable', message: problem };
  return { state: 'Available', reason: 'Available', message: '' };
}

/** What is to be changed of a status; undefined when it says so already. `lastTransitionTime` moves with the answer alone. */
export function statusPatch(part: Part, judged: Judged, now: string, link?: string): object | undefined {
  const { state, reason, message } = judged;
  const status = state === 'Available' ? 'True' : 'False';
  const before = part.status?.conditions?.find(({ type }) => type === 'Available');
  const isSame =
    part.status?.state === state &&
    before?.status === status &&
    before.reason === reason &&
    (before.message ?? '') === message &&
    (link === undefined || part.status.link === link);
  if (isSame) return undefined;
  const since = before?.status === status ? (before.lastTransitionTime ?? now) : now;
  const condition: Condition = { type: 'Available', status, reason, message, lastTransitionTime: since };
  const others = (part.status?.conditions ?? []).filter(({ type }) => type !== 'Available');
  return { status: { state, conditions: [...others, condition], ...(link !== undefined && { link }) } };
}
