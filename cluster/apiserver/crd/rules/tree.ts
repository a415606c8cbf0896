/** The rules of a version of a custom resource, laid out along its schema. Each place is compiled once, when the first value is judged by it. */
import type { JSONSchemaProps } from '@orrery/kinds/types';
import { declare, escapeName } from '@orrery/machinery/cel';
import type { Declared } from '@orrery/machinery/cel';
import { compileRules } from './compile.ts';
import type { CompiledRule } from './compile.ts';

/** A place in the schema with rules at it or below. */
export interface RuleNode {
  /** How many rules stand here. */
  readonly count: number;
  /** Compiled when first asked for; `compiling` is told how long their texts are. */
  rules(compiling: (letters: number) => void): readonly CompiledRule[];
  readonly declared: Declared;
  /** How errors name the value. */
  readonly type: string;
  readonly fields: ReadonlyMap<string, RuleNode>;
  readonly values: RuleNode | undefined;
  readonly items: RuleNode | undefined;
  /** Of a list whose elements are known by keys. */
  readonly listKeys: readonly string[] | undefined;
}

/** @param isRoot of a resource: names in metadata can be seen */
export const rulesOfSchema = (schema: JSONSchemaProps, isRoot: boolean): RuleNode | undefined =>
  JSON.stringify(schema).includes('"x-kubernetes-validations"') ? nodeOf(schema, declare(schema, isRoot)) : undefined;

function nodeOf(schema: JSONSchemaProps, declared: Declared | undefined): RuleNode | undefined {
  if (!declared) return undefined;
  const count = schema['x-kubernetes-validations']?.length ?? 0;
  const fields = new Map<string, RuleNode>();
  for (const [name, property] of Object.entries(schema.properties ?? {})) {
    const node = nodeOf(property, declaredField(name, property, declared));
    if (node) fields.set(name, node);
  }
  const { additionalProperties, items: itemSchema } = schema;
  const values = typeof additionalProperties === 'object' ? nodeOf(additionalProperties, declared.element) : undefined;
  const items = itemSchema && !Array.isArray(itemSchema) ? nodeOf(itemSchema, declared.element) : undefined;
  if (count === 0 && fields.size === 0 && !values && !items) return undefined;
  const listKeys =
    schema['x-kubernetes-list-type'] === 'map' ? (schema['x-kubernetes-list-map-keys'] ?? []) : undefined;
  return {
    count,
    rules: lazyRules(schema, declared),
    declared,
    type: schema.type ?? '',
    fields,
    values,
    items,
    listKeys,
  };
}

function lazyRules(schema: JSONSchemaProps, declared: Declared): RuleNode['rules'] {
  let made: readonly CompiledRule[] | undefined;
  return compiling => {
    if (made) return made;
    compiling(lettersOf(schema));
    return (made = compileRules(schema, declared));
  };
}

/** How long the rules of a node are together. */
export const lettersOf = (schema: JSONSchemaProps): number =>
  (schema['x-kubernetes-validations'] ?? []).reduce(
    (sum, { rule, messageExpression = '' }) => sum + rule.length + messageExpression.length,
    0,
  );

/** What expressions cannot name is described on its own. */
function declaredField(name: string, property: JSONSchemaProps, declared: Declared): Declared | undefined {
  const escaped = escapeName(name);
  return escaped === undefined
    ? declare(property, property['x-kubernetes-embedded-resource'] === true)
    : declared.fields?.get(escaped)?.declared;
}
