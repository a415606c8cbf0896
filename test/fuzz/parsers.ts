/** Parsers of texts: JSON, YAML, selectors, paths, quantities, expressions. Each against itself, another, or a model. */
import assert from 'node:assert/strict';
import type { Request } from '@orrery/http';
import { jsonProblem } from '@orrery/machinery/json-problem';
import { parseJsonPath } from '@orrery/machinery/jsonpath';
import { formatQuantity, parseQuantity, compareQuantities } from '@orrery/machinery/quantity';
import { formatDuration, parseDuration } from '@orrery/machinery/duration';
import { compileRegexp, RegexpError } from '@orrery/machinery/regexp';
import {
  formatFieldSelector,
  formatSelector,
  matches,
  matchesFields,
  parseFieldSelector,
  parseSelector,
} from '@orrery/machinery/selector';
import type { Random } from '@orrery/machinery/random';
import { StatusError } from '@orrery/machinery/status';
import { stringify } from 'yaml';
import { parseTarget } from '../../cluster/apiserver/chain/request-info.ts';
import { decodeContinue, encodeContinue } from '../../cluster/apiserver/registry/continue.ts';
import { duplicateYamlKeys, readYaml } from '../../cluster/apiserver/serve/yaml-input.ts';
import { below, drawJson, mutateText, oddText, pick } from './draw.ts';
import { answerOf, isDeclared, type Target } from './fuzz.ts';

const nothingWrong = 'invalid UTF-8 in string';

/** Node's parser and ours agree on what is JSON. */
const json: Target = random => {
  const deep = random.float() < 0.01 ? pick(random, ['[', '{"a":', '[{"a":']).repeat(20_000) : '';
  const text = deep + mutateText(random, JSON.stringify(drawJson(random)));
  const ours = jsonProblem(text);
  const theirs = answerOf(
    () => JSON.parse(text) as unknown,
    error => error instanceof SyntaxError,
  );
  // Ours goes as deep as Go's does.
  if (ours === 'exceeded max depth') return;
  assert.equal(ours === nothingWrong, 'value' in theirs, `${JSON.stringify(text.slice(0, 200))}: ${ours}`);
};

const yaml: Target = random => {
  const value = drawJson(random);
  const request = (text: string) => ({ body: new TextEncoder().encode(text) }) as unknown as Request;
  // The library says so when an alias has no anchor.
  const saysWhy = (error: unknown) =>
    isDeclared(error) || (error instanceof ReferenceError && /alias/.test(error.message));
  const read = answerOf(() => readYaml(request(mutateText(random, stringify(value)))), saysWhy);
  if ('value' in read) JSON.stringify(read.value);
  // What is JSON and no deeper than it is long is YAML with the same value, but for keys that YAML merges or types otherwise.
  const plain = {
    a: [1, 'x', null, true],
    b: {
      c: oddText(random)
        .toWellFormed()
        .replace(/[\0\ufeff\u2028]/g, ''),
    },
  };
  const again = request(JSON.stringify(plain));
  assert.deepEqual(readYaml(again), plain);
  assert.deepEqual(duplicateYamlKeys(again), []);
};

const label = (random: Random): string => pick(random, ['a', 'b', 'x.y/z', 'a-b', 'A1', oddText(random)]);

const labelSelector: Target = random => {
  const term = () => {
    const [key, value] = [label(random), label(random)];
    const forms = [`${key}=${value}`, `${key}!=${value}`, `${key}==${value}`, key, `!${key}`];
    return pick(random, [...forms, `${key} in (${value},b)`, `${key} notin (${value})`, `${key}>${below(random, 9)}`]);
  };
  const drawn = Array.from({ length: below(random, 4) }, term).join(',');
  const text = random.float() < 0.6 ? drawn : mutateText(random, drawn);
  const parsed = answerOf(() => parseSelector(text), isDeclared);
  if (!('value' in parsed)) return;
  const again = parseSelector(formatSelector(parsed.value));
  assert.equal(formatSelector(again), formatSelector(parsed.value), text);
  for (let tries = 0; tries < 5; tries++) {
    const labels = Object.fromEntries(Array.from({ length: below(random, 4) }, () => [label(random), label(random)]));
    assert.equal(matches(again, labels), matches(parsed.value, labels), text);
  }
};

const fieldSelector: Target = random => {
  const drawn = Array.from(
    { length: below(random, 4) },
    () => `${label(random)}${pick(random, ['=', '!=', '=='])}${label(random)}`,
  );
  const text = random.float() < 0.5 ? drawn.join(',') : mutateText(random, drawn.join(','));
  const parsed = answerOf(() => parseFieldSelector(text), isDeclared);
  if (!('value' in parsed)) return;
  const formatted = formatFieldSelector(parsed.value);
  const again = parseFieldSelector(formatted);
  // The order is that of the written terms.
  const sorted = (selector: typeof again) => selector.map(term => JSON.stringify(term)).sort();
  assert.deepEqual(sorted(again), sorted(parsed.value), `${text} -> ${formatted}`);
  assert.equal(
    matchesFields(again, () => 'a'),
    matchesFields(parsed.value, () => 'a'),
  );
};

const target: Target = random => {
  const path = pick(random, [
    '/api/v1/namespaces/a/pods/b/log',
    '/apis/apps/v1/deployments',
    '/healthz',
    '/api/v1/nodes/n/proxy/x',
  ]);
  const query = pick(random, ['', '?watch=1', '?labelSelector=a%3Db&limit=5', '?fieldSelector=metadata.name%3Da']);
  const text = mutateText(random, path + query);
  answerOf(() => parseTarget(pick(random, ['GET', 'POST', 'DELETE', 'WATCH', '']), text), isDeclared);
};

const continueToken: Target = random => {
  // As the server makes them: a revision that there was, and a key, no step of which is empty or climbs.
  const steps = label(random).split('/');
  const start = ['k', ...steps.filter(step => !['', '.', '..'].includes(step))].join('/');
  const token = { revision: 1 + below(random, 1000), start };
  const text = encodeContinue(token);
  assert.deepEqual(decodeContinue(text), token);
  const other = Buffer.from(mutateText(random, Buffer.from(text, 'base64url').toString())).toString('base64url');
  answerOf(
    () => decodeContinue(random.float() < 0.5 ? other : mutateText(random, text)),
    error => error instanceof StatusError,
  );
};

const quantity: Target = random => {
  const drawn = `${pick(random, ['', '-', '+'])}${below(random, 10_000)}${pick(random, ['', '.5', '.001', '.'])}${pick(random, ['', 'm', 'k', 'Ki', 'Mi', 'G', 'e3', 'E', 'n', 'u'])}`;
  const text = random.float() < 0.5 ? drawn : mutateText(random, drawn);
  const parsed = answerOf(() => parseQuantity(text), isDeclared);
  if (!('value' in parsed)) return;
  const again = parseQuantity(formatQuantity(parsed.value));
  assert.equal(compareQuantities(again, parsed.value), 0, text);
};

const duration: Target = random => {
  const drawn = `${below(random, 100)}${pick(random, ['h', 'm', 's', 'ms', 'us', 'ns'])}${below(random, 60)}${pick(random, ['m', 's', ''])}`;
  const parsed = answerOf(() => parseDuration(random.float() < 0.5 ? drawn : mutateText(random, drawn)), isDeclared);
  if ('value' in parsed && Math.abs(parsed.value) < 1e12)
    assert.equal(parseDuration(formatDuration(Math.round(parsed.value))), Math.round(parsed.value));
};

const jsonPath: Target = random => {
  const drawn = pick(random, ['.spec.replicas', "{.a['b'].c[0]}", '.a[?(@.b=="c")].d', '.items[*].x', '..a']);
  answerOf(() => parseJsonPath(random.float() < 0.2 ? drawn : mutateText(random, drawn)), isDeclared);
};

/** What both engines take they match alike; texts are plain, as the engines differ beyond that on purpose. */
const regexp: Target = random => {
  const atom = (): string => pick(random, ['a', 'b', 'ab', '.', '[ab]', '[^a]', '\\d', '(a|b)', '(?:ab)', 'a|b']);
  const part = () => atom() + pick(random, ['', '', '*', '+', '?', '{1,3}', '*?']);
  const drawn =
    pick(random, ['', '^']) + Array.from({ length: below(random, 5) }, part).join('') + pick(random, ['', '$']);
  const source = random.float() < 0.7 ? drawn : mutateText(random, drawn);
  const ours = answerOf(
    () => compileRegexp(source),
    error => error instanceof RegexpError,
  );
  const text = Array.from({ length: below(random, 12) }, () => pick(random, ['a', 'b', '1'])).join('');
  if (!('value' in ours)) return;
  const answer = ours.value.test(text);
  if (source === drawn) assert.equal(answer, new RegExp(source).test(text), `/${source}/ on "${text}"`);
};

export const parsers: Readonly<Record<string, Target>> = {
  json,
  yaml,
  labelSelector,
  fieldSelector,
  target,
  continueToken,
  quantity,
  duration,
  jsonPath,
  regexp,
};
