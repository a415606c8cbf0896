/** The objects of the rounds: config maps whose content is checked to the last byte. */
import type { Version } from '../checker/history.ts';

export const namespace = 'crash';
export const collection = `/api/v1/namespaces/${namespace}/configmaps`;
export const names = Array.from({ length: 8 }, (_, index) => `r-${index}`);

/** The label that a value carries: what a watch with a selector sees. */
export const labelOf = (value: string): string => value[0]!;

/** Long enough that logs fill up soon; the length follows from the value. */
const padOf = (value: string): string => value.padEnd(1000 + (Number(value.replace(/\D/g, '')) % 7) * 400, '.');

export interface ConfigMap {
  readonly metadata: {
    readonly name: string;
    readonly resourceVersion?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly data?: Readonly<Record<string, string>>;
}

export const objectOf = (name: string, value: string, resourceVersion?: number): ConfigMap => ({
  metadata: {
    name,
    labels: { kind: labelOf(value) },
    ...(resourceVersion !== undefined && { resourceVersion: String(resourceVersion) }),
  },
  data: { value, pad: padOf(value) },
});

/** Whether an object is one of ours: the namespace has others. */
export const isOurs = ({ metadata }: ConfigMap): boolean => metadata.name.startsWith('r-');

/** The value of an object, or a text that nobody wrote when its parts do not fit. */
export function valueOf({ metadata, data }: ConfigMap): string {
  const value = data?.value ?? 'nothing';
  const whole = data?.pad === padOf(value) && metadata.labels?.kind === labelOf(value);
  return whole ? value : `corrupt ${value}`;
}

export const versionOf = (object: ConfigMap): Version => ({
  value: valueOf(object),
  revision: Number(object.metadata.resourceVersion),
});
