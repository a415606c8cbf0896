/** Unknown and repeated fields, as strictly as the request asks. */
import assert from 'node:assert/strict';
import { anything, define, definitionOf, objectWith, type Definition } from './support/definitions.ts';
import { area, at, conformance, type Answer, type Case } from './support/suite.ts';

const string = { type: 'string' };
const image = 'registry.k8s.io/pause:3.10';

/** Sends JSON text as it stands: repeated fields would not survive an object. */
const sender =
  (c: Case, path: string) =>
  (method: string, name: string, text: string, query: string, type = 'application/json'): Promise<Answer> =>
    c.call(method, `${path}${name}?${query}`, { body: text, headers: { 'content-type': type } });

const applied = 'application/apply-patch+yaml';
const strict = 'fieldValidation=Strict';
const strictApply = `${strict}&fieldManager=conformance`;

function refusedFor({ status, text }: Answer, fields: readonly string[], demand: string): void {
  assert.ok(status === 400 || status === 422 || status === 500, `${demand} (it answered ${status})`);
  for (const field of fields) assert.ok(text.includes(field), `${demand}: ${field} (it said ${text.slice(0, 400)})`);
}

const place = (c: Case, { group, plural, resource }: Definition): string =>
  `/apis/${group}/${resource.version}/namespaces/${c.namespace}/${plural}`;

const head = ({ group, kind, resource }: Definition, name: string, metadata = ''): string =>
  `"apiVersion":"${group}/${resource.version}","kind":"${kind}","metadata":{"name":"${name}"${metadata}}`;

area('field validation', () => {
  const deployment = (name: string, { metadata = '', spec = '', container = '' } = {}): string =>
    `{"apiVersion":"apps/v1","kind":"Deployment","metadata":{"name":"${name}","labels":{"app":"x"}${metadata}},` +
    `"spec":{"replicas":0${spec},"selector":{"matchLabels":{"app":"x"}},"template":{"metadata":{"labels":{"app":"x"}},` +
    `"spec":{"containers":[{"name":"c","image":"${image}"${container}}]}}}}`;

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown and duplicate fields of a typed object [Conformance]',
    async c => {
      const send = sender(c, `/apis/apps/v1/namespaces/${c.namespace}/deployments`);
      const bad = deployment('it', {
        spec: ',"unknown1":"x","paused":true,"paused":false',
        container: ',"unknown2":1',
      });
      const fields = ['unknown field \\"spec.unknown1\\"', 'duplicate field \\"spec.paused\\"', 'unknown2'];
      refusedFor(await send('POST', '', bad, strict), fields, 'creation names what is unknown and repeated');
      const good = await send('POST', '', deployment('it'), strict);
      assert.equal(good.status, 201, 'the same without it is created');
      refusedFor(await send('PUT', '/it', bad, strict), fields, 'so does an update');
      const patch = '{"spec":{"unknown1":"x","paused":true,"paused":false}}';
      const merge = await send('PATCH', '/it', patch, strict, 'application/merge-patch+json');
      refusedFor(merge, fields.slice(0, 2), 'a merge patch');
      const strategic = await send('PATCH', '/it', patch, strict, 'application/strategic-merge-patch+json');
      refusedFor(strategic, fields.slice(0, 2), 'and a strategic one');
      const ssa = await send('PATCH', '/it', bad, `${strictApply}&force=true`, applied);
      refusedFor(ssa, ['unknown1'], 'apply names what is unknown');
      const warned = await send('PUT', '/it', bad, 'fieldValidation=Warn');
      assert.equal(warned.status, 200, 'with warnings it is let through');
      assert.match(String(warned.headers.warning), /unknown1/, 'and the warning names the field');
      const ignored = await send('PUT', '/it', bad, 'fieldValidation=Ignore');
      assert.deepEqual([ignored.status, ignored.headers.warning], [200, undefined], 'or in silence');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown metadata fields of a typed object [Conformance]',
    async c => {
      const send = sender(c, `/apis/apps/v1/namespaces/${c.namespace}/deployments`);
      const bad = deployment('it', { metadata: ',"unknownMeta":"x"' });
      const field = ['unknown field \\"metadata.unknownMeta\\"'];
      refusedFor(await send('POST', '', bad, strict), field, 'creation names the unknown field of the metadata');
      const ssa = await send('PATCH', '/it', bad, strictApply, applied);
      refusedFor(ssa, ['unknownMeta'], 'so does apply');
      assert.equal((await send('GET', '/it', '', '')).status, 404, 'nothing was created');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply a valid CR for CRD with validation schema [Conformance]',
    async c => {
      const schema = objectWith({ spec: objectWith({ cronSpec: string, ports: { type: 'array', items: string } }) });
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema }]));
      const send = sender(c, place(c, definition));
      const valid = (name: string) => `{${head(definition, name)},"spec":{"cronSpec":"* * * * *","ports":["a"]}}`;
      const created = await send('POST', '', valid('created'), strict);
      assert.equal(created.status, 201, 'a valid object is created');
      const made = await send('PATCH', '/applied', valid('applied'), strictApply, applied);
      assert.equal(made.status, 201, 'and applied');
      assert.equal(at(made.body, 'spec', 'cronSpec'), '* * * * *', 'with its fields');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply a CR with unknown fields for CRD with no validation schema [Conformance]',
    async c => {
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema: anything }]));
      const send = sender(c, place(c, definition));
      const text = (name: string) => `{${head(definition, name)},"spec":{"whatever":{"deep":[1]}}}`;
      const created = await send('POST', '', text('created'), strict);
      assert.equal(created.status, 201, 'whatever fields it has, it is created');
      assert.deepEqual(at(created.body, 'spec'), { whatever: { deep: [1] } }, 'and they are kept');
      const made = await send('PATCH', '/applied', text('applied'), strictApply, applied);
      assert.equal(made.status, 201, 'and applied');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should create/apply an invalid CR with extra properties for CRD with validation schema [Conformance]',
    async c => {
      const schema = objectWith({ spec: objectWith({ cronSpec: string }) });
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema }]));
      const send = sender(c, place(c, definition));
      const bad = `{${head(definition, 'it')},"spec":{"cronSpec":"*","extra":1,"cronSpec":"x"}}`;
      const fields = ['unknown field \\"spec.extra\\"', 'duplicate field \\"spec.cronSpec\\"'];
      refusedFor(await send('POST', '', bad, strict), fields, 'creation names what the schema does not know');
      const repeated = `{${head(definition, 'it')},"spec":{"cronSpec":"*","cronSpec":"x"}}`;
      const ssa = await send('PATCH', '/it', repeated, strictApply, applied);
      refusedFor(ssa, ['cronSpec'], 'apply names what is repeated');
      const extra = `{${head(definition, 'it')},"spec":{"extra":1}}`;
      refusedFor(await send('PATCH', '/it', extra, strictApply, applied), ['extra'], 'and what is unknown');
      assert.equal((await send('GET', '/it', '', '')).status, 404, 'nothing was created');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should detect duplicates in a CR when preserving unknown fields [Conformance]',
    async c => {
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema: anything }]));
      const send = sender(c, place(c, definition));
      const bad = `{${head(definition, 'it')},"spec":{"unknown":1,"unknown":2}}`;
      const created = await send('POST', '', bad, strict);
      refusedFor(created, ['duplicate field \\"spec.unknown\\"'], 'creation names what is repeated');
      const ssa = await send('PATCH', '/it', bad, strictApply, applied);
      refusedFor(ssa, ['unknown'], 'so does apply');
    },
  );

  conformance(
    '[sig-api-machinery] FieldValidation should detect unknown metadata fields in both the root and embedded object of a CR [Conformance]',
    async c => {
      const embedded = { type: 'object', 'x-kubernetes-embedded-resource': true };
      const inner = { ...embedded, 'x-kubernetes-preserve-unknown-fields': true };
      const schema = objectWith({ spec: objectWith({ template: inner }) });
      const definition = await define(c, definitionOf(c, [{ name: 'v1', schema }]));
      const send = sender(c, place(c, definition));
      const text = (root: string, nested: string) =>
        `{${head(definition, 'it', root)},"spec":{"template":{"apiVersion":"foo/v1","kind":"Sub",` +
        `"metadata":{"name":"sub"${nested}}}}}`;
      const bad = text(',"unknownRoot":"x"', ',"unknownSub":"x"');
      const fields = [
        'unknown field \\"metadata.unknownRoot\\"',
        'unknown field \\"spec.template.metadata.unknownSub\\"',
      ];
      refusedFor(await send('POST', '', bad, strict), fields, 'creation names the unknown fields of both metadata');
      const ssa = await send('PATCH', '/it', bad, strictApply, applied);
      refusedFor(ssa, ['unknownRoot', 'unknownSub'], 'so does apply');
      assert.equal((await send('POST', '', text('', ''), strict)).status, 201, 'the same without them is created');
    },
  );
});
