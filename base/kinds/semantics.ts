/** What a kind means beyond its shape: defaults and validation, by group, version and resource. */
import type { FieldError } from '@orrery/machinery/fieldpath';
import type { GroupVersionResource, KubeObject } from '@orrery/machinery/meta';
import { validateShape } from '@orrery/machinery/schema';
import { catalogue } from './catalogue.ts';
import { validateObjectMeta, validateObjectMetaUpdate, subdomainName } from './meta.ts';
import type { NameRule } from './meta.ts';
import { nameRules } from './name-rules.ts';
import { defaulters } from './defaulters.ts';
import { validators } from './validators.ts';
import type { Validators } from './validators.ts';
import { schemaOf } from './schemas.ts';
import { warnings } from './warnings.ts';

export { podWarnings } from './core/pod-warnings.ts';

export interface Semantics {
  /** Fills what is absent, in place; idempotent. The object must be decoded (its structures are there). */
  defaults?(object: KubeObject): void;
  /** All that is wrong with a new object, metadata included, in upstream's order. */
  validateCreate(object: KubeObject): FieldError[];
  /** All that is wrong with a change of an object (not of its status). */
  validateUpdate(object: KubeObject, old: KubeObject): FieldError[];
  /** All that is wrong with a change of an object's status. */
  validateStatusUpdate(object: KubeObject, old: KubeObject): FieldError[];
  /** Texts for `Warning` headers about a new or changed object that is accepted. */
  warnings(object: KubeObject, old?: KubeObject): string[];
  /** The rule of names; `prefix` for generateName. */
  readonly nameRule: NameRule;
  /** False where only metadata, required fields and enumerations are checked. */
  readonly isSemantic: boolean;
  /** What of the meaning is not checked yet, e.g. `CEL`. */
  readonly without?: string;
}

const memo = new Map<string, Semantics | undefined>();

/** The semantics of a served resource; undefined for resources that the catalogue does not hold. */
export function semanticsOf({ group, version, resource }: GroupVersionResource): Semantics | undefined {
  const key = `${group}/${version}/${resource}`;
  if (!memo.has(key)) memo.set(key, build({ group, version, resource }));
  return memo.get(key);
}

function build(gvr: GroupVersionResource): Semantics | undefined {
  const kind = catalogue.byResource(gvr);
  if (!kind) return undefined;
  const defaults = defaulters[`${gvr.group}/${gvr.version}/${gvr.resource}`];
  const own: Validators | undefined = validators[`${gvr.group}/${gvr.resource}`];
  const nameRule = own?.nameRule ?? nameRules[`${gvr.group}/${gvr.resource}`] ?? subdomainName;
  // What clients send as status is not kept here, and what components report may be incomplete.
  const shape = own?.create
    ? () => []
    : (object: KubeObject) => validateShape(schemaOf(kind), { ...object, status: undefined });
  return {
    ...(defaults && { defaults }),
    nameRule,
    warnings: warnings[`${gvr.group}/${gvr.resource}`] ?? (() => []),
    isSemantic: own?.create !== undefined,
    ...(own?.without && { without: own.without }),
    validateCreate: object => {
      const asNew = () => validateObjectMeta(object.metadata, kind.namespaced, nameRule, 'metadata', own?.anyFinalizer);
      return own?.createAll?.(object, { asNew }) ?? [...asNew(), ...shape(object), ...(own?.create?.(object) ?? [])];
    },
    validateUpdate: (object, old) =>
      own?.updateAll?.(object, old, {
        asNew: () => validateObjectMeta(object.metadata, kind.namespaced, nameRule, 'metadata', own.anyFinalizer),
        asChanged: () => validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', own.anyFinalizer),
      }) ?? [
        ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', own?.anyFinalizer),
        ...shape(object),
        ...(own?.update?.(object, old) ?? own?.create?.(object) ?? []),
      ],
    validateStatusUpdate: (object, old) => [
      ...validateObjectMetaUpdate(object.metadata, old.metadata, 'metadata', own?.anyFinalizer),
      ...(own?.status?.(object, old) ?? []),
    ],
  };
}
