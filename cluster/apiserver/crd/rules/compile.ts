/** The rules of one node of a schema as programs (apiextensions `schema/cel/compilation.go`). */
import type { JSONSchemaProps, ValidationRule } from '@orrery/kinds/types';
import { compile, kubernetesEnvironment, limits, sizesOf, typeFor, types } from '@orrery/machinery/cel';
import type { Declared, Environment, Program } from '@orrery/machinery/cel';
import { resolveFieldPath } from './fieldpath.ts';

export interface CompiledRule {
  readonly rule: ValidationRule;
  /** Undefined for an empty rule and one with an error. */
  readonly program?: Program;
  /** Behind `rule:`. */
  readonly error?: string;
  readonly usesOldSelf: boolean;
  /** The worst cost of one run. */
  readonly cost: number;
  readonly message?: Program;
  readonly messageError?: string;
  readonly messageCost: number;
  /** Where errors point, from the value judged; empty for the value itself. */
  readonly fieldPath: string;
}

/** Types are called by a name that nobody can rely on. */
function nameFor(text: string): string {
  let hash = 2_166_136_261;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 16_777_619);
  return `selfType${(hash >>> 0) % 1_000_000_000}`;
}

/** The rules of a node, which has some. Programs are of this schema and of no object: compile once, run often. */
export function compileRules(schema: JSONSchemaProps, declared: Declared): CompiledRule[] {
  const rules = schema['x-kubernetes-validations'] ?? [];
  const self = typeFor(declared, nameFor(rules[0]?.rule ?? ''));
  const base = kubernetesEnvironment();
  const plain = base.extend({ variables: { self, oldSelf: self } });
  const optional = base.extend({ variables: { self, oldSelf: types.optionalType(self) } });
  return rules.map(rule => compileRule(rule, rule.optionalOldSelf ? optional : plain, schema, declared));
}

function compileRule(
  rule: ValidationRule,
  environment: Environment,
  schema: JSONSchemaProps,
  declared: Declared,
): CompiledRule {
  const nothing = { rule, usesOldSelf: false, cost: 0, messageCost: 0, fieldPath: '' };
  if (rule.rule.trim() === '') return nothing;
  const { program, text } = compile(rule.rule, environment);
  if (!program) return { ...nothing, error: `compilation failed: ${text}` };
  if (program.type.kind !== 'bool') return { ...nothing, error: 'cel expression must evaluate to a bool' };
  const sizes = sizesOf(declared);
  return {
    ...nothing,
    program,
    usesOldSelf: program.uses('oldSelf'),
    cost: program.estimate(sizes).max,
    ...messageOf(rule, environment, sizes),
    fieldPath: (rule.fieldPath && resolveFieldPath(rule.fieldPath, schema)) || '',
  };
}

function messageOf(
  { messageExpression }: ValidationRule,
  environment: Environment,
  sizes: ReturnType<typeof sizesOf>,
): Pick<CompiledRule, 'message' | 'messageError' | 'messageCost'> {
  if (!messageExpression) return { messageCost: 0 };
  const { program, text } = compile(messageExpression, environment);
  if (!program) return { messageCost: 0, messageError: `messageExpression compilation failed: ${text}` };
  if (program.type.kind !== 'string')
    return { messageCost: 0, messageError: 'messageExpression must evaluate to a string' };
  return { message: program, messageCost: program.estimate(sizes).max };
}

/** How often a value of a size could stand in one request. */
export const possibleCount = ({ minBytes }: Declared): number => Math.floor(limits.maxRequestBytes / (minBytes + 1));
