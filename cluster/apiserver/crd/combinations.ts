/** anyOf, oneOf, allOf and not. */
import type { JSONSchemaProps } from '@orrery/kinds/types';
import * as field from '@orrery/machinery/fieldpath';
import type { Findings } from './validate.ts';

type Judge = (schema: JSONSchemaProps) => Findings;

/** Upstream tells these without a place. */
const nowhere = '<nil>';
const told = (message: string) => field.invalid(nowhere, '', message);

/** Adds what the combinations of a schema say; `judge` asks one of the parts. */
export function validateCombinations(
  findings: Findings,
  schema: JSONSchemaProps,
  _value: unknown,
  path: string,
  judge: Judge,
): void {
  if (schema.anyOf?.length) anyOf(findings, schema.anyOf, path, judge);
  if (schema.oneOf?.length) oneOf(findings, schema.oneOf, path, judge);
  if (schema.allOf?.length) allOf(findings, schema.allOf, path, judge);
  if (schema.not && judge(schema.not).errors.length === 0)
    findings.errors.push(told(`"${path}" must not validate the schema (not)`));
}

const further = (best: Findings | undefined, other: Findings): Findings =>
  best === undefined || other.checks > best.checks ? other : best;

function anyOf(findings: Findings, parts: readonly JSONSchemaProps[], path: string, judge: Judge): void {
  let best: Findings | undefined;
  for (const part of parts) {
    const result = judge(part);
    if (result.errors.length === 0) return;
    best = further(best, result);
  }
  findings.errors.push(told(`"${path}" must validate at least one schema (anyOf)`));
  if (best) findings.add(best);
}

function oneOf(findings: Findings, parts: readonly JSONSchemaProps[], path: string, judge: Judge): void {
  let best: Findings | undefined;
  let valid = 0;
  for (const part of parts) {
    const result = judge(part);
    if (result.errors.length === 0) valid++;
    else best = further(best, result);
  }
  if (valid === 1) return;
  const found = valid === 0 ? 'Found none valid' : `Found ${valid} valid alternatives`;
  findings.errors.push(told(`"${path}" must validate one and only one schema (oneOf). ${found}`));
  if (valid === 0 && best) findings.add(best);
}

function allOf(findings: Findings, parts: readonly JSONSchemaProps[], path: string, judge: Judge): void {
  const results = parts.map(judge);
  for (const result of results) findings.add(result);
  const valid = results.filter(result => result.errors.length === 0).length;
  if (valid === parts.length) return;
  findings.errors.push(told(`"${path}" must validate all the schemas (allOf)${valid === 0 ? '. None validated' : ''}`));
}
