/** Whether the rules of a definition compile, what they may cost, and what they may look at (apiextensions `validation.go`, `cel_validation.go`). */
import type { JSONSchemaProps, ValidationRule } from '@orrery/kinds/types';
import { declare, escapeName, limits } from '@orrery/machinery/cel';
import type { Declared } from '@orrery/machinery/cel';
import { child, forbidden, index, invalid, invalidShown, key } from '@orrery/machinery/fieldpath';
import type { FieldError } from '@orrery/machinery/fieldpath';
import { compileRules, possibleCount } from './compile.ts';
import type { CompiledRule } from './compile.ts';
import { lettersOf } from './tree.ts';

/** A place in the schema. */
interface Place {
  readonly schema: JSONSchemaProps;
  readonly path: string;
  /** Known where rules stand here or above. */
  readonly declared: Declared | undefined;
  readonly isWithinRules: boolean;
  /** How often a value of this schema can stand in an object; undefined without bounds. */
  readonly count: number | undefined;
  /** The outermost list or map above whose parts cannot be found again in an older object. */
  readonly uncorrelatable: string | undefined;
}

interface RuleCost {
  readonly path: string;
  readonly cost: number;
}

const mostShown = 4;
/** Letters of rules between two pauses: some milliseconds. */
const pauseEvery = 2000;
const largest = 2 ** 64;

/**
 * All problems of a schema's rules. Yields where others may run.
 * @param schemaErrors what else is wrong: rules at or above such a place are not compiled
 * @param suppressCost for schemas that were accepted before
 */
export function* checkRules(
  schema: JSONSchemaProps,
  path: string,
  schemaErrors: readonly FieldError[],
  suppressCost: boolean,
): Generator<void, FieldError[]> {
  if (!JSON.stringify(schema).includes('"x-kubernetes-validations"')) return [];
  const checker = new Checker(schemaErrors, suppressCost);
  const isWithinRules = hasRules(schema);
  const declared = isWithinRules ? declare(schema, true) : undefined;
  yield* checker.visit({ schema, path, declared, isWithinRules, count: 1, uncorrelatable: undefined });
  return [...checker.errors, ...checker.totalProblems(path)];
}

const hasRules = (schema: JSONSchemaProps): boolean => (schema['x-kubernetes-validations']?.length ?? 0) > 0;

class Checker {
  readonly errors: FieldError[] = [];
  readonly #schemaErrors: readonly FieldError[];
  readonly #suppressCost: boolean;
  #total = 0;
  #letters = 0;
  #expensive: RuleCost[] = [];
  constructor(schemaErrors: readonly FieldError[], suppressCost: boolean) {
    this.#schemaErrors = schemaErrors;
    this.#suppressCost = suppressCost;
  }

  /** What is inside comes before the place itself. */
  *visit(place: Place): Generator<void> {
    const { schema, path, declared, uncorrelatable } = place;
    const { additionalProperties: values, properties, items } = schema;
    if (typeof values === 'object')
      yield* this.visit(inside(place, values, child(path, 'additionalProperties'), declared?.element, uncorrelatable));
    const isCorrelatable = (schema['x-kubernetes-map-type'] ?? 'granular') === 'granular';
    const ofFields = isCorrelatable ? uncorrelatable : (uncorrelatable ?? path);
    for (const name of Object.keys(properties ?? {}).sort()) {
      const escaped = escapeName(name);
      const inner = escaped === undefined ? undefined : declared?.fields?.get(escaped)?.declared;
      yield* this.visit(inside(place, properties![name]!, key(child(path, 'properties'), name), inner, ofFields));
    }
    if (items && !Array.isArray(items)) {
      const here = schema['x-kubernetes-list-type'] === 'map' ? uncorrelatable : (uncorrelatable ?? path);
      yield* this.visit(inside(place, items, child(path, 'items'), declared?.element, here));
    }
    if (!hasRules(schema) || this.#isBroken(path)) return;
    this.#check(place);
    this.#letters += lettersOf(schema);
    if (this.#letters < pauseEvery) return;
    this.#letters = 0;
    yield;
  }

  #isBroken(path: string): boolean {
    return this.#schemaErrors.some(({ field }) => field === path || field.startsWith(`${path}.`));
  }

  #check({ schema, path, declared, count, uncorrelatable }: Place): void {
    const at = child(path, 'x-kubernetes-validations');
    if (!declared) {
      const why = 'internal error: failed to construct type information for x-kubernetes-validations rules';
      this.errors.push({
        type: 'internal',
        field: at,
        message: `Internal error: ${why}: unable to convert structural schema to CEL declarations`,
      });
      return;
    }
    const times = count ?? possibleCount(declared);
    compileRules(schema, declared).forEach((compiled, place) =>
      this.#judge(compiled, index(at, place), times, uncorrelatable),
    );
  }

  #judge(compiled: CompiledRule, path: string, times: number, uncorrelatable: string | undefined): void {
    const { rule, usesOldSelf } = compiled;
    const ruleAt = child(path, 'rule');
    this.#cost('estimated rule cost', ruleAt, Math.min(compiled.cost * times, largest));
    if (compiled.error !== undefined) this.errors.push(invalidShown(ruleAt, shownRule(rule), compiled.error));
    const messageAt = child(path, 'messageExpression');
    if (compiled.messageError !== undefined)
      this.errors.push(invalidShown(messageAt, shownRule(rule), compiled.messageError));
    else if (compiled.message) this.#cost('estimated messageExpression cost', messageAt, compiled.messageCost);
    if (usesOldSelf && uncorrelatable !== undefined) {
      const why = `oldSelf cannot be used on the uncorrelatable portion of the schema within ${uncorrelatable}`;
      this.errors.push(invalid(ruleAt, rule.rule, why));
    } else if (!usesOldSelf && rule.optionalOldSelf !== undefined) {
      const why = 'may not be set if oldSelf is not used in rule';
      this.errors.push(invalid(child(path, 'optionalOldSelf'), rule.optionalOldSelf, why));
    }
  }

  #cost(what: string, path: string, cost: number): void {
    if (!this.#suppressCost && cost > limits.expressionLimit)
      this.errors.push(forbidden(path, exceeds(what, cost, limits.expressionLimit)));
    this.#total = Math.min(this.#total + cost, largest);
    if (cost < limits.definitionLimit / 100) return;
    this.#expensive = [...this.#expensive, { path, cost }].sort((a, b) => b.cost - a.cost).slice(0, mostShown);
  }

  totalProblems(path: string): FieldError[] {
    if (this.#total <= limits.definitionLimit) return [];
    const what = 'x-kubernetes-validations estimated rule cost total for entire OpenAPIv3 schema';
    return [
      ...this.#expensive.map(rule =>
        forbidden(
          rule.path,
          'contributed to estimated rule cost total exceeding cost limit for entire OpenAPIv3 schema',
        ),
      ),
      forbidden(path, exceeds(what, this.#total, limits.definitionLimit)),
    ];
  }
}

function inside(
  outer: Place,
  schema: JSONSchemaProps,
  path: string,
  known: Declared | undefined,
  uncorrelatable: string | undefined,
): Place {
  const isWithinRules = outer.isWithinRules || hasRules(schema);
  const embedded = schema['x-kubernetes-embedded-resource'] === true;
  const declared = isWithinRules ? (known ?? declare(schema, embedded)) : undefined;
  const each = elementsOf(outer.schema);
  const count = outer.count === undefined || each === undefined ? undefined : Math.min(outer.count * each, largest);
  return { schema, path, declared, isWithinRules, count, uncorrelatable };
}

/** How many values of the schema inside one value of this one has; undefined without bounds. */
function elementsOf({ type, additionalProperties, maxProperties, maxItems }: JSONSchemaProps): number | undefined {
  const most = (max: number | undefined): number | undefined => (max === undefined ? undefined : Math.max(0, max));
  if (type === 'object') return additionalProperties === undefined ? 1 : most(maxProperties);
  return type === 'array' ? most(maxItems) : 1;
}

function exceeds(what: string, cost: number, limit: number): string {
  const factor = cost / limit;
  const shown = factor > 100 ? 'more than 100x' : `${factor.toFixed(factor < 1.5 ? 6 : 1)}x`;
  const remedy =
    'try simplifying the rule, or adding maxItems, maxProperties, and maxLength where arrays, maps, and strings are declared';
  return `${what} exceeds budget by factor of ${shown} (${remedy})`;
}

/** A rule as Go shows upstream's internal form. */
const shownRule = (rule: ValidationRule): string =>
  JSON.stringify({
    Rule: rule.rule,
    Message: rule.message ?? '',
    MessageExpression: rule.messageExpression ?? '',
    Reason: rule.reason ?? null,
    FieldPath: rule.fieldPath ?? '',
    OptionalOldSelf: rule.optionalOldSelf ?? null,
  });
