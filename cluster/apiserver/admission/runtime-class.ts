/** Pods of a runtime class carry its overhead and go where it runs. */
import type { KubeObject } from '@orrery/machinery/meta';
import { compareQuantities, parseQuantity } from '@orrery/machinery/quantity';
import type { AdmissionAttributes, AdmissionPlugin } from '../types.ts';
import { refuse } from './refuse.ts';
import type { Toleration } from './tolerations.ts';

type Amounts = Record<string, string | number>;

interface RuntimeClass extends KubeObject {
  overhead?: { podFixed?: Amounts };
  scheduling?: { nodeSelector?: Record<string, string>; tolerations?: Toleration[] };
}

interface RuntimePod extends KubeObject {
  spec: {
    runtimeClassName?: string;
    overhead?: Amounts;
    nodeSelector?: Record<string, string>;
    tolerations?: Toleration[];
  };
}

const sameAmounts = (a: Amounts, b: Amounts): boolean => {
  const names = Object.keys(a);
  return (
    names.length === Object.keys(b).length &&
    names.every(
      name => b[name] !== undefined && compareQuantities(parseQuantity(a[name]!), parseQuantity(b[name])) === 0,
    )
  );
};

const equal = (a: Toleration, b: Toleration): boolean =>
  a.key === b.key &&
  (a.operator ?? 'Equal') === (b.operator ?? 'Equal') &&
  a.value === b.value &&
  a.effect === b.effect &&
  a.tolerationSeconds === b.tolerationSeconds;

async function classOf(attributes: AdmissionAttributes): Promise<RuntimeClass | undefined> {
  const name = (attributes.object as RuntimePod).spec.runtimeClassName;
  if (!name) return undefined;
  const found = await attributes.reads.get({ group: 'node.k8s.io', resource: 'runtimeclasses' }, '', name);
  if (!found) throw refuse(attributes, `pod rejected: RuntimeClass "${name}" not found`);
  return found;
}

function setOverhead(attributes: AdmissionAttributes, found: RuntimeClass): void {
  const { spec } = attributes.object as RuntimePod;
  const fixed = found.overhead?.podFixed;
  if (!found.overhead) return;
  if (spec.overhead && !sameAmounts(spec.overhead, fixed ?? {}))
    throw refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
  if (fixed) spec.overhead = { ...fixed };
}

function setScheduling(attributes: AdmissionAttributes, { scheduling }: RuntimeClass): void {
  const { spec } = attributes.object as RuntimePod;
  const selector = scheduling?.nodeSelector ?? {};
  for (const [key, value] of Object.entries(selector)) {
    const own = spec.nodeSelector?.[key];
    if (own !== undefined && own !== value)
      throw refuse(
        attributes,
        `conflict: runtimeClass.scheduling.nodeSelector[${key}] = ${value}; pod.spec.nodeSelector[${key}] = ${own}`,
      );
  }
  if (Object.keys(selector).length > 0) spec.nodeSelector = { ...spec.nodeSelector, ...selector };
  const given = spec.tolerations ?? [];
  const more = (scheduling?.tolerations ?? []).filter(toleration => !given.some(own => equal(own, toleration)));
  if (more.length > 0) spec.tolerations = [...given, ...more];
}

export const runtimeClassAdmission: AdmissionPlugin = {
  name: 'RuntimeClass',
  handles: (operation, { group, resource }, subresource) =>
    operation === 'CREATE' && group === '' && resource === 'pods' && subresource === '',
  async admit(attributes) {
    const found = await classOf(attributes);
    if (!found) return;
    setOverhead(attributes, found);
    setScheduling(attributes, found);
  },
  async validate(attributes) {
    const { overhead } = (attributes.object as RuntimePod).spec;
    const fixed = (await classOf(attributes))?.overhead?.podFixed;
    if (fixed && !sameAmounts(overhead ?? {}, fixed))
      throw refuse(attributes, "pod rejected: Pod's Overhead doesn't match RuntimeClass's defined Overhead");
    if (!fixed && overhead && Object.keys(overhead).length > 0)
      throw refuse(attributes, 'pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead');
  },
};
