import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startServer } from '../testing/server.ts';

const v3 = 'application/com.github.proto-openapi.spec.v3.v1.0+protobuf';
const v2 = 'application/com.github.proto-openapi.spec.v2.v1.0+protobuf';

test('documents are answered in the first form that is accepted and served', async t => {
  const server = await startServer();
  t.after(server.close);
  const table: [path: string, accept: string, status: number, type: string | undefined][] = [
    ['/openapi/v2', '', 200, 'application/json'],
    ['/openapi/v2', v2, 200, v2],
    ['/openapi/v2', v3, 406, undefined],
    ['/openapi/v3/apis/batch/v1', '', 200, 'application/json'],
    ['/openapi/v3/apis/batch/v1', v3, 200, v3],
    ['/openapi/v3/apis/batch/v1', v3.replace('v3.v1', 'v3@v1'), 200, v3],
    ['/openapi/v3/apis/batch/v1', 'text/html, */*;q=0.1', 200, 'application/json'],
    ['/openapi/v3/apis/batch/v1', 'text/html', 406, undefined],
    ['/openapi/v3/apis/none/v1', '', 404, 'text/plain; charset=utf-8'],
  ];
  for (const [path, accept, status, type] of table) {
    const answer = await server.get(path, accept === '' ? {} : { accept });
    assert.deepEqual([answer.status, answer.headers['content-type']], [status, type], `${path} ${accept}`);
  }
});

test('an address with the present hash may be kept for ever, one with an older hash has moved', async t => {
  const server = await startServer();
  t.after(server.close);
  const { paths } = (await server.get('/openapi/v3')).body as { paths: Record<string, { serverRelativeURL: string }> };
  const address = paths['apis/batch/v1']!.serverRelativeURL;
  const present = await server.get(address);
  assert.equal(present.headers['cache-control'], 'public, immutable');
  assert.match(String(present.headers.expires), /GMT$/);
  const same = await server.get(address, { 'if-none-match': String(present.headers.etag) });
  assert.equal(same.status, 304);
  const older = await server.get('/openapi/v3/apis/batch/v1?hash=ABC');
  assert.deepEqual([older.status, older.headers.location], [301, address]);
});
