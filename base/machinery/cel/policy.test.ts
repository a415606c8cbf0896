/** Expressions of policies: what they may name, ask and make. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  adaptDynamic,
  authorizerValue,
  CelError,
  compile,
  makePatch,
  misnamedStructs,
  policyEnvironment,
  resourceCheckValue,
  toJson,
  types,
} from '../cel.ts';
import type { Ask, Type, Value } from '../cel.ts';

const limit = 1_000_000;

test('objects, the request, the namespace and parameters', () => {
  const values: Record<string, Value> = {
    object: adaptDynamic({ metadata: { name: 'x' }, spec: { replicas: 3, ratio: 0.5 } }),
    oldObject: null,
    request: adaptDynamic({ operation: 'CREATE', userInfo: { username: 'u', groups: ['g'] }, dryRun: false }),
    namespaceObject: adaptDynamic({ metadata: { name: 'n', labels: { a: 'b' } } }),
    params: adaptDynamic({ max: 5 }),
  };
  const sources = [
    'object.spec.replicas <= params.max && object.spec.ratio == 0.5',
    "request.operation == 'CREATE' && 'g' in request.userInfo.groups && !request.dryRun",
    "namespaceObject.metadata.labels['a'] == 'b'",
    'oldObject == null && !has(object.status) && object.?status.?phase.orValue(5) == 5',
  ];
  for (const source of sources) {
    const { program, text } = compile(source, policyEnvironment({ hasParams: true }));
    assert.ok(program, text);
    assert.equal(program.run(name => values[name], limit).value, true, source);
  }
  const cases: readonly (readonly [source: string, problem: RegExp])[] = [
    ['params.x == 1', /undeclared reference to 'params' \(in container ''\)/],
    ["request.nope == ''", /undefined field 'nope'/],
    ['authorizer.path("/").check("get").allowed()', /undeclared reference to 'authorizer'/],
    ['Object{}', /undeclared reference to 'Object'/],
  ];
  for (const [source, problem] of cases) assert.match(compile(source, policyEnvironment()).text, problem);
});

test('variables are known once they are declared', () => {
  const composed = new Map<string, Type>();
  const environment = policyEnvironment({ composed });
  assert.match(compile('variables.a', environment).text, /1:10: undefined field 'a'/);
  composed.set('a', types.intType);
  assert.equal(types.formatType(compile('variables.a + 1', environment).program!.type), 'int');
});

test('the authorizer is asked once per question, at once or later', async () => {
  const asked: string[] = [];
  const ask: Ask = question => {
    asked.push(JSON.stringify(question));
    const answer = { allowed: question.verb === 'get', reason: 'because' };
    return question.path ? answer : Promise.resolve(answer);
  };
  const values: Record<string, Value> = {
    authorizer: authorizerValue(ask),
    'authorizer.requestResource': resourceCheckValue(ask, { group: '', resource: 'pods', namespace: 'n', name: 'x' }),
  };
  const environment = policyEnvironment({ hasAuthorizer: true });
  const run = async (source: string): Promise<Value> =>
    (await compile(source, environment).program!.runAsync(name => values[name], limit)).value;
  const check = "authorizer.group('apps').resource('deployments').namespace('n').check('get')";
  assert.equal(await run(`${check}.allowed() && ${check}.reason() == 'because'`), true);
  assert.equal(await run("authorizer.path('/x').check('post').allowed()"), false);
  assert.equal(await run("authorizer.requestResource.check('get').allowed()"), true);
  assert.equal(
    await run("authorizer.serviceAccount('n', 's').group('').resource('pods').check('list').errored()"),
    false,
  );
  assert.equal(asked.length, 4);
  assert.match(asked[0]!, /"group":"apps","resource":"deployments","namespace":"n","verb":"get"/);
  const three = await compile(
    `${check}.allowed() && ${check}.allowed() && ${check}.allowed()`,
    environment,
  ).program!.runAsync(name => values[name], limit);
  assert.equal(three.exceeded, true, 'two checks are all that one expression may make');
  assert.match(String((await run("authorizer.path(' ')")) instanceof CelError), /true/);
});

test('mutating policies make objects and patches', () => {
  const environment = policyEnvironment({ hasPatches: true });
  const made = (source: string): Value => {
    const { program, text } = compile(source, environment, makePatch);
    assert.ok(program, text);
    return program.run(name => (name === 'object' ? adaptDynamic({ n: 2 }) : undefined), limit).value;
  };
  const object = made("Object{spec: Object.spec{replicas: object.n + 1, ?gone: optional.none(), labels: {'a': 'b'}}}");
  assert.deepEqual(toJson(object), { json: { spec: { replicas: 3, labels: { a: 'b' } } } });
  assert.deepEqual(misnamedStructs(object), []);
  assert.match(
    misnamedStructs(made('Object{spec: Object.other{}}')).join(),
    /unexpected type name "Object.other", expected "Object.spec"/,
  );
  const patch = made("[JSONPatch{op: 'add', path: '/metadata/labels/' + jsonpatch.escapeKey('a/b~c'), value: 5}]");
  assert.deepEqual(toJson(patch), { json: [{ op: 'add', path: '/metadata/labels/a~1b~0c', value: 5 }] });
  assert.deepEqual(toJson(made('{1: 2}')), { problem: 'map key 1 is of type int, not string' });
  assert.match(compile("JSONPatch{oops: 'x'}", environment, makePatch).text, /undefined field 'oops'/);
  assert.match(
    compile('JSONPatch{op: 5}', environment, makePatch).text,
    /expected type of field 'op' is 'string' but provided type is 'int'/,
  );
});
