/** The rules inside a definition's schemas, checked after all else and a piece at a time: compiling may take long. */
import { isDeepStrictEqual } from 'node:util';
import type { CustomResourceDefinition, JSONSchemaProps } from '@orrery/kinds/types';
import { child, key } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { sharedBy } from './definition.ts';
import { checkRules } from './rules/check.ts';
import { judgeAtOnce } from './rules/judge.ts';
import { rulesOfSchema } from './rules/tree.ts';
import { validateDefaults } from './schema-rules.ts';
import { validateStructural } from './structure-rules.ts';

/** A schema and the place where errors show it. */
interface Placed {
  readonly schema: JSONSchemaProps;
  readonly path: string;
  /** The name of its version. */
  readonly version: string;
}

function schemasOf({ spec }: CustomResourceDefinition): Placed[] {
  const versions = spec.versions ?? [];
  const isShared = sharedBy(versions).schema;
  return versions.slice(0, isShared ? 1 : undefined).flatMap(({ name, schema }, at) => {
    const path = isShared ? 'spec.validation' : `spec.versions[${at}].schema`;
    const props = schema?.openAPIV3Schema;
    return props ? [{ schema: props, path: `${path}.openAPIV3Schema`, version: name }] : [];
  });
}

/** What was accepted once may cost more by today's estimate. */
const isKept = ({ schema, version }: Placed, old: CustomResourceDefinition | undefined): boolean =>
  old !== undefined &&
  isDeepStrictEqual(schema, old.spec.versions?.find(({ name }) => name === version)?.schema?.openAPIV3Schema);

/** Defaults are judged by the rules that stand at or below them. */
function checkDefaults(schema: JSONSchemaProps, path: string): FieldError[] {
  const errors: FieldError[] = [];
  const rules =
    schema.default === undefined || schema.default === null
      ? undefined
      : rulesOfSchema(schema, schema['x-kubernetes-embedded-resource'] === true);
  if (rules) {
    const at = child(path, 'default');
    for (const error of judgeAtOnce(rules, schema.default))
      errors.push({ ...error, field: error.field === '<nil>' ? at : child(at, error.field) });
  }
  const { properties = {}, additionalProperties: values, items } = schema;
  for (const name of Object.keys(properties).sort())
    errors.push(...checkDefaults(properties[name]!, key(child(path, 'properties'), name)));
  if (typeof values === 'object') errors.push(...checkDefaults(values, child(path, 'additionalProperties')));
  if (items && !Array.isArray(items)) errors.push(...checkDefaults(items, child(path, 'items')));
  return errors;
}

/** @param found what else is wrong with the definition: rules that stand on it are not compiled */
export async function checkDefinitionRules(
  definition: CustomResourceDefinition,
  old: CustomResourceDefinition | undefined,
  found: readonly FieldError[],
): Promise<FieldError[]> {
  const errors: FieldError[] = [];
  for (const placed of schemasOf(definition)) {
    const { schema, path } = placed;
    const here = found.filter(({ field }) => field.startsWith(path));
    const isBroken =
      here.length > 0 && (validateStructural(schema, path).length > 0 || validateDefaults(schema, path).length > 0);
    if (isBroken) continue;
    const ofDefaults = checkDefaults(schema, path);
    errors.push(...ofDefaults);
    if (ofDefaults.length > 0) continue;
    const checking = checkRules(schema, path, here, isKept(placed, old));
    let step = checking.next();
    while (!step.done) {
      await new Promise<void>(resolve => setImmediate(resolve));
      step = checking.next();
    }
    errors.push(...step.value);
  }
  return errors;
}
