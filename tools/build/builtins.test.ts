import assert from 'node:assert/strict';
import { test } from 'node:test';
import { build } from 'esbuild';
import { builtinsByName, shimOf } from './builtins.ts';

const bundled = async (contents: string): Promise<string> => {
  const { outputFiles } = await build({
    stdin: { contents, loader: 'js' },
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
    plugins: [builtinsByName],
  });
  return outputFiles[0]!.text;
};

test('a name of node:http is read alone', async () => {
  const text = await bundled("import { STATUS_CODES } from 'node:http'; console.log(STATUS_CODES);");
  assert.match(text, /take\("STATUS_CODES"\)/);
  assert.equal(text.match(/take\("/g)?.length, 1);
  assert.doesNotMatch(text, /from "node:http"/);
});

test('other modules of Node are imported as they are', async () => {
  assert.match(await bundled("import { request } from 'node:https'; console.log(request);"), /from "node:https"/);
});

test('require is left alone', async () => {
  assert.match(await bundled("console.log(require('http').METHODS);"), /__require\("http"\)/);
});

test('the replacement runs, and does not load what it does not name', async () => {
  const program = await bundled(
    "import { METHODS } from 'node:http'; export const result = [METHODS.length, process.moduleLoadList.some(name => name.includes('undici'))];",
  );
  const { result } = (await import(`data:text/javascript,${encodeURIComponent(program)}`)) as { result: unknown };
  assert.deepEqual(result, [process.getBuiltinModule('node:http').METHODS.length, false]);
});

test('a module that Node does not have is an error', () =>
  assert.throws(() => shimOf('node:nothing'), /has no module/));
