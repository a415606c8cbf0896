/** Label and field selectors as tests on a stored record's key and head: no object is parsed to answer them. Pure. */
import { parseFieldSelector } from '@orrery/machinery/fieldselector';
import type { FieldSelector } from '@orrery/machinery/fieldselector';
import { parseSelector } from '@orrery/machinery/selector';
import type { LabelSelector, Requirement } from '@orrery/machinery/selector';
import { badRequest } from '@orrery/machinery/status';
import { fieldIs, labelExists, labelIs, labelValue } from './record.ts';

/** What a selector needs to know of a stored object. */
export interface Selectable {
  readonly head: string;
  readonly namespace: string;
  readonly name: string;
}

/** A compiled selector; undefined stands for "everything". */
export type Filter = ((object: Selectable) => boolean) | undefined;

type HeadTest = (object: Selectable) => boolean;

const integer = (text: string): bigint | undefined =>
  /^[-+]?\d+$/.test(text) ? BigInt(text.replace('+', '')) : undefined;

function compare(key: string, operand: string, greater: boolean): HeadTest {
  const right = integer(operand);
  return ({ head }) => {
    const text = labelValue(head, key);
    const left = text === undefined ? undefined : integer(text);
    if (left === undefined || right === undefined) return false;
    return greater ? left > right : left < right;
  };
}

function labelTest({ key, operator, values }: Requirement): HeadTest {
  const texts = values.map(value => labelIs(key, value));
  const exists = labelExists(key);
  switch (operator) {
    case 'exists':
      return ({ head }) => head.includes(exists);
    case '!':
      return ({ head }) => !head.includes(exists);
    case '=':
    case '==':
    case 'in':
      return ({ head }) => texts.some(text => head.includes(text));
    case '!=':
    case 'notin':
      return ({ head }) => !texts.some(text => head.includes(text));
    case 'gt':
    case 'lt':
      return compare(key, values[0] ?? '', operator === 'gt');
  }
}

function fieldTest({ field, operator, value }: FieldSelector[number]): HeadTest {
  const wanted = operator === '=';
  if (field === 'metadata.name') return ({ name }) => (name === value) === wanted;
  if (field === 'metadata.namespace') return ({ namespace }) => (namespace === value) === wanted;
  const text = fieldIs(field, value);
  return ({ head }) => head.includes(text) === wanted;
}

/** Joins the tests of both selectors; undefined when neither asks for anything. */
export function compileFilter(labels: LabelSelector, fields: FieldSelector): Filter {
  const tests = [...labels.map(labelTest), ...fields.map(fieldTest)];
  if (tests.length === 0) return undefined;
  if (tests.length === 1) return tests[0];
  return object => tests.every(test => test(object));
}

/** A request's selectors, parsed and compiled. */
export interface Selection {
  readonly filter: Filter;
  /** The two selectors as text: equal texts select the same. */
  readonly key: string;
  /** The name when a field selector asks for exactly one object. */
  readonly name?: string;
  /** A field with exactly one value, as kubelets select their pods: watchers are found by it. */
  readonly exact?: { readonly field: string; readonly value: string };
}

const everything: Selection = { filter: undefined, key: '' };

function parsed<T>(parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    throw badRequest((error as Error).message);
  }
}

/**
 * Parses the selectors of a request.
 * @param storedName the name under which a field is kept; @throws what the answer is for a field that cannot be selected by.
 * @throws StatusError 400 for a malformed selector.
 */
export function selectionOf(
  labelSelector: string | undefined,
  fieldSelector: string | undefined,
  storedName: (field: string) => string,
): Selection {
  if (!labelSelector && !fieldSelector) return everything;
  const labels = parsed(() => parseSelector(labelSelector ?? ''));
  const fields = parsed(() => parseFieldSelector(fieldSelector ?? '')).map(term => ({
    ...term,
    field: storedName(term.field),
  }));
  const named = fields.find(term => term.field === 'metadata.name' && term.operator === '=');
  const exact = fields.find(term => term.operator === '=' && !term.field.startsWith('metadata.'));
  return {
    filter: compileFilter(labels, fields),
    key: `${labelSelector ?? ''}\n${fieldSelector ?? ''}`,
    ...(named && { name: named.value }),
    ...(exact && { exact: { field: exact.field, value: exact.value } }),
  };
}
