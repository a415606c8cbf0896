import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ExtensionBundle } from '@orrery/platform-contract/features';
import { createExtensionHost, type ExtensionHost } from './host.ts';

const bundle = (name: string, hash = '1'): ExtensionBundle => ({
  name,
  extension: name,
  link: `/dist/${name}/index.js`,
  hash,
});
const page = (path: string) => ({ default: { routes: [{ path, element: path }] } });
const settled = (host: ExtensionHost) =>
  new Promise<void>(resolve => {
    const look = () => host.current().settled && resolve();
    host.onChange(look);
    look();
  });
const paths = (host: ExtensionHost) => host.current().pages.map(({ path }) => path);

function hostOf(modules: Readonly<Record<string, unknown>>) {
  const asked: string[] = [];
  const forgotten: string[] = [];
  const host = createExtensionHost({
    own: new Set(['/users']),
    load: async ({ name, hash }) => {
      asked.push(`${name}@${hash}`);
      const module = modules[`${name}@${hash}`];
      if (module instanceof Error) throw module;
      return module;
    },
    forget: ({ name, hash }) => void forgotten.push(`${name}@${hash}`),
  });
  return { host, asked, forgotten };
}

test('a script is loaded once, again when its text is another, and forgotten when it is not named any more', async () => {
  const { host, asked, forgotten } = hostOf({ 'a@1': page('/a'), 'b@1': page('/b'), 'b@2': page('/b2') });
  assert.equal(host.current().settled, false);
  host.follow({ bundles: [bundle('a'), bundle('b')], entries: [] });
  await settled(host);
  assert.deepEqual(paths(host), ['/a', '/b']);
  host.follow({ bundles: [bundle('a'), bundle('b', '2')], entries: [] });
  await settled(host);
  assert.deepEqual(paths(host), ['/a', '/b2']);
  host.follow({ bundles: [], entries: [] });
  assert.deepEqual(paths(host), []);
  assert.deepEqual(asked, ['a@1', 'b@1', 'b@2']);
  assert.deepEqual(forgotten, ['b@1', 'a@1', 'b@2']);
});

test('one that cannot be loaded leaves the others alone, and is told', async () => {
  const { host } = hostOf({
    'bad@1': new SyntaxError('Unexpected token'),
    'old@1': new ReferenceError('System is not defined'),
    'none@1': {},
    'good@1': page('/good'),
    'greedy@1': page('/users'),
  });
  const names = ['bad', 'old', 'none', 'good', 'greedy'];
  host.follow({ bundles: names.map(name => bundle(name)), entries: [] });
  await settled(host);
  assert.deepEqual(paths(host), ['/good']);
  const { troubles } = host.current();
  assert.deepEqual(
    troubles.map(({ extension }) => extension),
    ['bad', 'old', 'none', 'greedy'],
  );
  assert.equal(troubles[0]!.message, 'Unexpected token');
  assert.match(troubles[1]!.message, /SystemJS/);
});

test('a script that comes after it was taken back is not shown', async () => {
  let arrive = (_module: unknown) => {};
  const host = createExtensionHost({
    own: new Set(),
    load: () => new Promise(resolve => void (arrive = resolve)),
  });
  host.follow({ bundles: [bundle('late')], entries: [] });
  host.follow({ bundles: [], entries: [] });
  arrive(page('/late'));
  await Promise.resolve();
  assert.deepEqual(paths(host), []);
  assert.equal(host.current().settled, true);
});
