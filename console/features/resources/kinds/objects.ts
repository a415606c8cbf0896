/** Small readings of objects that many kinds share (pure). */
import type { KubeObject, OwnerReference } from '@orrery/machinery/meta';
import type { LabelSelector } from '@orrery/kinds/types';

/** An object whose kind is not known here. */
export interface Loose extends KubeObject {
  readonly spec?: Readonly<Record<string, unknown>>;
  readonly status?: Readonly<Record<string, unknown>>;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason?: string;
  readonly message?: string;
  readonly lastTransitionTime?: string;
}

export const conditionsOf = (object: KubeObject): readonly Condition[] =>
  ((object as Loose).status?.['conditions'] ?? []) as readonly Condition[];

export const conditionOf = (object: KubeObject, type: string): Condition | undefined =>
  conditionsOf(object).find(condition => condition.type === type);

export const controllerOf = ({ metadata }: KubeObject): OwnerReference | undefined =>
  metadata.ownerReferences?.find(({ controller }) => controller) ?? metadata.ownerReferences?.[0];

/** A selector as the list protocol takes it; undefined when it chooses nothing. */
export function selectorText({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}): string | undefined {
  const terms = [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values = [] }) => {
      if (operator === 'Exists') return key;
      if (operator === 'DoesNotExist') return `!${key}`;
      return `${key} ${operator === 'In' ? 'in' : 'notin'} (${values.join(',')})`;
    }),
  ];
  return terms.length > 0 ? terms.join(',') : undefined;
}

/** `nginx:1.27` of `registry.example/library/nginx:1.27`; digests are cut to what one can compare by eye. */
export function shortImage(image: string): string {
  const [name = '', digest] = image.split('@');
  const last = name.slice(name.lastIndexOf('/') + 1);
  return digest && !last.includes(':') ? `${last}@${digest.replace(/^sha256:/, '').slice(0, 12)}` : last;
}
