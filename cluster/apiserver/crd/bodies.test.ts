/** What is sent of custom resources: patches, unknown fields, forms, and rules that judge it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { definition, definitionsPath, serverWith, thing, until } from '../testing/definitions.ts';
import { at, startServer } from '../testing/server.ts';

const things = '/apis/example.com/v1/namespaces/default/things';

const merge = { 'content-type': 'application/merge-patch+json' };

test('JSON and merge patches are served, strategic ones are not', async t => {
  const server = await serverWith(t, {});
  await server.create(things, thing('x', { a: '1' }));
  const patch = (type: string, body: unknown) =>
    server.call('PATCH', `${things}/x`, { body, headers: { 'content-type': type } });
  const json = [{ op: 'replace', path: '/spec/a', value: '2' }];
  assert.equal((await patch('application/json-patch+json', json)).status, 200);
  assert.equal((await patch('application/merge-patch+json', { spec: { a: '3' } })).status, 200);
  assert.equal((await patch('application/strategic-merge-patch+json', {})).status, 415);
  assert.equal(at((await server.get(`${things}/x`)).body, 'spec', 'a'), '3');
});

test('unknown fields are pruned and told as asked', async t => {
  const server = await serverWith(t, {});
  const body = thing('x', { a: '1', zz: { deep: 1 } });
  const strict = await server.create(`${things}?fieldValidation=Strict`, body);
  assert.equal(strict.status, 400);
  assert.equal(
    strict.body.message,
    'Thing in version "v1" cannot be handled as a Thing: strict decoding error: unknown field "spec.zz"',
  );
  const quiet = await server.create(`${things}?fieldValidation=Ignore&dryRun=All`, body);
  assert.equal(quiet.headers.warning, undefined);
  const warned = await server.create(things, body);
  assert.match(String(warned.headers.warning), /unknown field \\"spec.zz\\"/);
  assert.deepEqual(warned.body.spec, { a: '1' });
});

test('fields may be called as the language calls its own', async t => {
  const server = await startServer();
  t.after(server.close);
  const properties = { PROTO: { type: 'string', default: 'p' }, constructor: { type: 'string', default: 'c' } };
  const text = JSON.stringify(definition({ spec: { type: 'object', properties } })).replaceAll('PROTO', '__proto__');
  assert.equal((await server.create(definitionsPath, text)).status, 201);
  await until(server, '/apis/example.com/v1', status => status === 200);
  const given = JSON.stringify(thing('x', { PROTO: 'y', toString: 1 })).replaceAll('PROTO', '__proto__');
  const made = await server.create(things, given);
  assert.equal(JSON.stringify(made.body.spec), '{"__proto__":"y","constructor":"c"}');
  assert.equal(({} as { y?: unknown }).y, undefined);
});

test('clients that prefer protobuf get JSON', async t => {
  const server = await serverWith(t, {});
  await server.create(things, thing('x'));
  const accept = 'application/vnd.kubernetes.protobuf,application/json';
  assert.equal((await server.get(`${things}/x`, { accept })).headers['content-type'], 'application/json');
  assert.equal((await server.get(things, { accept })).headers['content-type'], 'application/json');
});

test('rules are enforced on create, patch and status, and say why', async t => {
  const spec = {
    type: 'object',
    properties: { n: { type: 'integer' } },
    'x-kubernetes-validations': [
      { rule: 'self.n > 0', message: 'n is positive' },
      { rule: 'self.n >= oldSelf.n', message: 'n does not shrink' },
    ],
  };
  const status = {
    type: 'object',
    properties: { seen: { type: 'integer' } },
    'x-kubernetes-validations': [{ rule: 'self.seen < 5' }],
  };
  const schema = {
    openAPIV3Schema: {
      type: 'object',
      properties: { spec, status },
      'x-kubernetes-validations': [{ rule: "self.metadata.name != 'bad'", message: 'no bad names' }],
    },
  };
  const server = await serverWith(t, { version: { schema, subresources: { status: {} } } });
  const patch = (path: string, body: unknown) => server.call('PATCH', `${things}/${path}`, { body, headers: merge });
  const refused = ({ status: code, body }: { status: number; body: unknown }, message: string): void => {
    assert.equal(code, 422);
    assert.ok(String(at(body, 'message')).endsWith(` is invalid: ${message}`), String(at(body, 'message')));
  };
  refused(await server.create(things, thing('x', { n: 0 })), 'spec: Invalid value: "object": n is positive');
  refused(await server.create(things, thing('bad', { n: 1 })), '<nil>: Invalid value: "object": no bad names');
  assert.equal((await server.create(things, thing('x', { n: 3 }))).status, 201);
  refused(await patch('x', { spec: { n: 2 } }), 'spec: Invalid value: "object": n does not shrink');
  assert.equal((await patch('x', { spec: { n: 4 } })).status, 200);
  const tooMuch = await patch('x/status', { status: { seen: 7 } });
  refused(tooMuch, 'status: Invalid value: "object": failed rule: self.seen < 5');
  assert.equal((await patch('x/status', { status: { seen: 1 } })).status, 200);
  const wrongForm = await server.create(things, thing('y', { n: 'text' }));
  const why = String(at(wrongForm.body, 'message'));
  assert.match(why, /spec\.n in body must be of type integer/);
  assert.match(
    why,
    /<nil>: Invalid value: null: some validation rules were not checked because the object was invalid;/,
  );
});

test('defaults are judged by the rules they stand under', async t => {
  const server = await startServer();
  t.after(server.close);
  const rules = [{ rule: 'self.n > 0' }];
  // The defaults inside of a default are not there yet.
  const a = { type: 'object', default: { n: 0 }, properties: { n: { type: 'integer', default: 1 } } };
  const spec = { type: 'object', properties: { a: { ...a, 'x-kubernetes-validations': rules } } };
  const made = await server.create(definitionsPath, definition({ spec }));
  assert.equal(made.status, 422);
  const place = 'spec.validation.openAPIV3Schema.properties[spec].properties[a].default';
  assert.ok(String(at(made.body, 'message')).endsWith(`${place}: Invalid value: "object": failed rule: self.n > 0`));
});

test('a definition with many rules lets others run while it is checked', async t => {
  const server = await startServer();
  t.after(server.close);
  const rule = `self.n == 0 || ${Array.from({ length: 20 }, (_none, at) => `self.n != ${at}`).join(' && ')}`;
  const rules = Array.from({ length: 3 }, () => ({ rule }));
  const field = { type: 'object', properties: { n: { type: 'integer' } }, 'x-kubernetes-validations': rules };
  const properties = Object.fromEntries(Array.from({ length: 100 }, (_none, at) => [`f${at}`, field]));
  let turns = 0;
  const count = setInterval(() => turns++, 1);
  const made = await server.create(definitionsPath, definition({ spec: { type: 'object', properties } }));
  clearInterval(count);
  assert.equal(made.status, 201, made.text);
  assert.ok(turns >= 5, `${turns} turns`);
});

test('what was wrong before a rule came may stay, and is told', async t => {
  const fields = { type: 'object', properties: { n: { type: 'integer' }, m: { type: 'integer' } } };
  const specOf = (old: unknown) => ({ type: 'object', properties: { old, other: { type: 'integer' } } });
  const server = await serverWith(t, { spec: specOf(fields) });
  assert.equal((await server.create(things, thing('x', { old: { n: -1 } }))).status, 201);
  const strict = { ...fields, 'x-kubernetes-validations': [{ rule: 'self.n > 0' }] };
  const versions = at(definition({ spec: specOf(strict) }), 'spec', 'versions');
  const patch = (path: string, body: unknown) => server.call('PATCH', path, { body, headers: merge });
  assert.equal((await patch(`${definitionsPath}/things.example.com`, { spec: { versions } })).status, 200);
  for (let round = 0; (await server.create(things, thing(`y${round}`, { old: { n: -1 } }))).status !== 422; round++)
    assert.ok(round < 100);
  const kept = await patch(`${things}/x`, { spec: { other: 5 } });
  assert.equal(kept.status, 200);
  assert.match(String(kept.headers.warning), /spec\.old: Invalid value: .*object.*: failed rule: self\.n > 0/);
  assert.equal((await patch(`${things}/x`, { spec: { old: { m: 1 } } })).status, 422);
});
