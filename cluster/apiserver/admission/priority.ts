/** Pods get the number that their priority class stands for. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { AdmissionAttributes, AdmissionPlugin, Reader } from '../types.ts';
import { refuse } from './refuse.ts';

interface PriorityClass extends KubeObject {
  value?: number;
  globalDefault?: boolean;
  preemptionPolicy?: string;
}

interface PrioritizedPod extends KubeObject {
  spec: { priorityClassName?: string; priority?: number; preemptionPolicy?: string };
}

const group = 'scheduling.k8s.io';
const classes = { group, resource: 'priorityclasses' };

/** Of several defaults (a race between two writes) the one with the lowest value counts. */
async function globalDefault(reads: Reader): Promise<PriorityClass | undefined> {
  const all = (await reads.list(classes)) as PriorityClass[];
  return all.filter(each => each.globalDefault).toSorted((a, b) => (a.value ?? 0) - (b.value ?? 0))[0];
}

async function classOf(attributes: AdmissionAttributes, name: string | undefined): Promise<PriorityClass | undefined> {
  if (!name) return globalDefault(attributes.reads);
  const found = await attributes.reads.get(classes, '', name);
  if (!found) throw refuse(attributes, `no PriorityClass with name ${name} was found`);
  return found;
}

async function admitPod(attributes: AdmissionAttributes): Promise<void> {
  const { spec } = attributes.object as PrioritizedPod;
  if (attributes.operation === 'UPDATE') {
    const old = (attributes.oldObject as PrioritizedPod).spec;
    if (spec.priority === undefined && old.priority !== undefined) spec.priority = old.priority;
    if (spec.preemptionPolicy === undefined && old.preemptionPolicy !== undefined)
      spec.preemptionPolicy = old.preemptionPolicy;
    return;
  }
  const found = await classOf(attributes, spec.priorityClassName);
  const computed = `priority admission controller computed`;
  const value = found?.value ?? 0;
  if (!spec.priorityClassName && found) spec.priorityClassName = found.metadata.name;
  if (spec.priority !== undefined && spec.priority !== value)
    throw refuse(
      attributes,
      `the integer value of priority (${spec.priority}) must not be provided in pod spec; ${computed} ${value} from the given PriorityClass name`,
    );
  const policy = found?.preemptionPolicy ?? 'PreemptLowerPriority';
  if (spec.preemptionPolicy !== undefined && spec.preemptionPolicy !== policy)
    throw refuse(
      attributes,
      `the string value of PreemptionPolicy (${spec.preemptionPolicy}) must not be provided in pod spec; ${computed} ${policy} from the given PriorityClass name`,
    );
  spec.priority = value;
  spec.preemptionPolicy = policy;
}

export const priorityAdmission: AdmissionPlugin = {
  name: 'Priority',
  handles: (operation, resource, subresource) =>
    subresource === '' &&
    (operation === 'CREATE' || operation === 'UPDATE') &&
    ((resource.group === '' && resource.resource === 'pods') ||
      (resource.group === group && resource.resource === 'priorityclasses')),
  async admit(attributes) {
    if (attributes.resource.resource === 'pods') await admitPod(attributes);
  },
  async validate(attributes) {
    const wanted = attributes.object as PriorityClass;
    if (attributes.resource.resource !== 'priorityclasses' || !wanted.globalDefault) return;
    const known = await globalDefault(attributes.reads);
    if (!known || (attributes.operation === 'UPDATE' && known.metadata.name === wanted.metadata.name)) return;
    throw refuse(
      attributes,
      `PriorityClass ${known.metadata.name} is already marked as default. Only one default can exist`,
    );
  },
};
