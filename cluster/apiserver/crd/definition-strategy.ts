/** The rules of definitions themselves: status apart, versions that were ever stored, a deletion that waits for the instances. */
import { isDeepStrictEqual } from 'node:util';
import type { CustomResourceDefinition } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import type { Strategy } from '../types.ts';
import { countedWithStatus, statusAlone } from '../strategies/generic.ts';
import { cleanupFinalizer, withCondition } from './names.ts';
import { validateDefinition, validateDefinitionUpdate } from './definition.ts';

const asDefinition = (object: KubeObject): CustomResourceDefinition => object as CustomResourceDefinition;

/** The version that is stored now is on record with those that were. */
function recordStored(definition: CustomResourceDefinition): void {
  const stored = definition.spec.versions?.find(version => version.storage)?.name;
  const known = definition.status?.storedVersions ?? [];
  if (stored === undefined || known.includes(stored)) return;
  definition.status = { ...definition.status, storedVersions: [...known, stored] };
}

/** Whether there are expressions in a schema, or in several. */
export const hasRules = (schemas: unknown): boolean => JSON.stringify(schemas).includes('"x-kubernetes-validations"');

export const definitionStrategy: Strategy = {
  ...countedWithStatus,
  subresources: { status: statusAlone },
  prepareForCreate(object, context) {
    countedWithStatus.prepareForCreate!(object, context);
    recordStored(asDefinition(object));
  },
  prepareForUpdate(object, old, context) {
    countedWithStatus.prepareForUpdate!(object, old, context);
    recordStored(asDefinition(object));
  },
  validate: object => validateDefinition(asDefinition(object)),
  validateUpdate: (object, old) => validateDefinitionUpdate(asDefinition(object), asDefinition(old)),
  async judge(object, old, found) {
    const { spec } = asDefinition(object);
    if (!hasRules(spec.versions ?? []) || (old && isDeepStrictEqual(spec, asDefinition(old).spec))) return [];
    const { checkDefinitionRules } = await import('./definition-rules.ts');
    return await checkDefinitionRules(asDefinition(object), old && asDefinition(old), found);
  },
  // The first delete only marks: what the definition stored goes before it.
  heldBy: object => object.metadata.deletionTimestamp === undefined,
  onDeletion(object, nowMs) {
    const definition = asDefinition(object);
    const { metadata } = definition;
    const finalizers = metadata.finalizers ?? [];
    if (!finalizers.includes(cleanupFinalizer)) metadata.finalizers = [...finalizers, cleanupFinalizer];
    // Upstream's own mark of a deletion does not count as a change.
    if (metadata.generation) metadata.generation--;
    const ending = {
      type: 'Terminating',
      status: 'True',
      reason: 'InstanceDeletionPending',
      message: 'CustomResourceDefinition marked for deletion; CustomResource deletion will begin soon',
    };
    definition.status = {
      ...definition.status,
      conditions: withCondition(definition.status?.conditions ?? [], ending, nowMs),
    };
  },
};
