import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, readdir, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import type { ConfigMap, Pod, Secret, Volume } from '@orrery/kinds/types';
import { systemClock } from '@orrery/machinery/clock';
import { seededRandom } from '@orrery/machinery/random';
import { container, pod } from '../pods/fixtures.ts';
import { prepareHostPath } from './host-path.ts';
import { noMounter, systemMounter } from './mounts.ts';
import { giveToGroup } from './ownership.ts';
import { payloadOf } from './payloads.ts';
import { podDirectories } from './pod-directories.ts';
import { createPodVolumes, VolumeError } from './pod-volumes.ts';
import { bindSubPath, resolveInside, subPathProblem } from './subpath.ts';

let directory = '';
beforeEach(async () => {
  directory = await realpath(await mkdtemp(path.join(tmpdir(), 'orrery-volumes-')));
});
afterEach(() => rm(directory, { recursive: true, force: true }));

const base64 = (text: string) => Buffer.from(text).toString('base64');
const configMaps = new Map<string, ConfigMap>([
  [
    'settings',
    { metadata: { name: 'settings' }, data: { color: 'blue', size: 'xl' }, binaryData: { raw: base64('\0') } },
  ],
]);
const secrets = new Map<string, Secret>([
  ['login', { metadata: { name: 'login' }, data: { password: base64('s3cret') } }],
]);
const sources = {
  configMap: async (_: string, name: string) => configMaps.get(name),
  secret: async (_: string, name: string) => secrets.get(name),
};
const wanted = pod(
  { containers: [container('a', { resources: { limits: { cpu: '1500m' } } })] },
  { labels: { app: 'x' }, annotations: { note: 'n' } },
);
const addresses = { podIps: [], hostIps: [] };

suite('payloads', () => {
  const files = async (volume: Omit<Volume, 'name'>, owner: Pod = wanted): Promise<Record<string, string>> => {
    const input = { pod: owner, addresses, allocatable: {}, sources, token: async () => 'tok' };
    const payload = await payloadOf({ name: 'v', ...volume }, input);
    return Object.fromEntries(
      [...payload].map(([name, { data, mode, uid }]) => [
        name,
        `${mode.toString(8)}${uid === undefined ? '' : `@${uid}`} ${Buffer.from(data)}`,
      ]),
    );
  };
  const rows: [string, Omit<Volume, 'name'>, Record<string, string>][] = [
    ['a config map', { configMap: { name: 'settings' } }, { color: '644 blue', size: '644 xl', raw: '644 \0' }],
    [
      'items and modes',
      {
        configMap: {
          name: 'settings',
          defaultMode: 0o400,
          items: [
            { key: 'color', path: 'a/b' },
            { key: 'size', path: 'c', mode: 0o600 },
          ],
        },
      },
      { 'a/b': '400 blue', c: '600 xl' },
    ],
    ['a secret', { secret: { secretName: 'login' } }, { password: '644 s3cret' }],
    ['an optional one that is missing', { secret: { secretName: 'no', optional: true } }, {}],
    [
      'an optional key that is missing',
      { configMap: { name: 'settings', optional: true, items: [{ key: 'no', path: 'x' }] } },
      {},
    ],
    [
      'fields',
      {
        downwardAPI: {
          items: [
            { path: 'labels', fieldRef: { fieldPath: 'metadata.labels' } },
            { path: 'note', fieldRef: { fieldPath: "metadata.annotations['note']" }, mode: 0o600 },
            { path: 'cpu', resourceFieldRef: { containerName: 'a', resource: 'limits.cpu' } },
          ],
        },
      },
      { labels: '644 app="x"', note: '600 n', cpu: '644 2' },
    ],
    [
      'projected, later sources win',
      {
        projected: {
          sources: [
            { configMap: { name: 'settings', items: [{ key: 'color', path: 'f' }] } },
            { secret: { name: 'login', items: [{ key: 'password', path: 'f' }] } },
            { serviceAccountToken: { path: 'token' } },
          ],
        },
      },
      { f: '644 s3cret', token: '644 tok' },
    ],
  ];
  for (const [name, volume, expected] of rows) test(name, async () => assert.deepEqual(await files(volume), expected));

  const failures: [string, Omit<Volume, 'name'>, string][] = [
    ['config map', { configMap: { name: 'no' } }, 'configmap "no" not found'],
    ['secret', { secret: { secretName: 'no' } }, 'secret "no" not found'],
    [
      'key',
      { configMap: { name: 'settings', items: [{ key: 'no', path: 'x' }] } },
      'references non-existent config key: no',
    ],
    [
      'secret key',
      { secret: { secretName: 'login', items: [{ key: 'no', path: 'x' }] } },
      'references non-existent secret key: no',
    ],
  ];
  for (const [name, volume, message] of failures)
    test(`a missing ${name}`, () => assert.rejects(files(volume), { message }));

  test('tokens are for their user', async () => {
    const volume = { projected: { sources: [{ serviceAccountToken: { path: 't' } }] } };
    assert.deepEqual(await files(volume, pod({ securityContext: { runAsUser: 1000 } })), { t: '600@1000 tok' });
    assert.deepEqual(await files(volume, pod({ securityContext: { fsGroup: 7 } })), { t: '600 tok' });
    const two = [
      container('a', { securityContext: { runAsUser: 1 } }),
      container('b', { securityContext: { runAsUser: 2 } }),
    ];
    assert.deepEqual(await files(volume, pod({ containers: two })), { t: '644 tok' });
  });
});

suite('volumes of a pod', () => {
  const volumes = () =>
    createPodVolumes({
      directories: podDirectories(directory),
      clock: systemClock,
      random: seededRandom(1),
      mounter: noMounter,
      sources,
      token: async () => 'tok',
      allocatable: () => ({}),
      memoryLimit: () => undefined,
    });

  test('places, twice the same, then gone', async () => {
    const owner = pod({
      volumes: [
        { name: 'scratch', emptyDir: {} },
        { name: 'cfg', configMap: { name: 'settings' } },
        { name: 'host', hostPath: { path: '/tmp' } },
      ],
    });
    const all = volumes();
    const paths = await all.setUp(owner, addresses);
    const root = path.join(directory, 'pods/u1/volumes');
    assert.deepEqual(Object.fromEntries(paths), {
      scratch: `${root}/kubernetes.io~empty-dir/scratch`,
      cfg: `${root}/kubernetes.io~configmap/cfg`,
      host: '/tmp',
    });
    assert.equal((await stat(paths.get('scratch')!)).mode & 0o777, 0o777);
    await writeFile(path.join(paths.get('scratch')!, 'kept'), 'x');
    assert.deepEqual(await all.setUp(owner, addresses), paths);
    assert.equal(await readFile(path.join(paths.get('scratch')!, 'kept'), 'utf8'), 'x');
    assert.deepEqual(await all.present(), ['u1']);
    await all.tearDown('u1');
    await all.tearDown('u1');
    assert.deepEqual(await all.present(), []);
  });

  test('refresh tells what changed', async () => {
    const owner = pod({ volumes: [{ name: 'cfg', configMap: { name: 'settings' } }] });
    const all = volumes();
    const paths = await all.setUp(owner, addresses);
    assert.deepEqual(await all.refresh(owner, addresses), []);
    const before = configMaps.get('settings')!;
    configMaps.set('settings', { ...before, data: { color: 'red' } });
    assert.deepEqual(await all.refresh(owner, addresses), ['cfg']);
    assert.deepEqual((await readdir(paths.get('cfg')!)).filter(name => !name.startsWith('..')).sort(), [
      'color',
      'raw',
    ]);
    configMaps.set('settings', before);
  });

  test('what this node cannot do is said, with the name of the volume', async () => {
    const owner = (volume: Omit<Volume, 'name'>) => pod({ volumes: [{ name: 'v', ...volume }] });
    const claim = owner({ persistentVolumeClaim: { claimName: 'c' } });
    await assert.rejects(volumes().setUp(claim, addresses), {
      message:
        'MountVolume.SetUp failed for volume "v" : no volume plugin matched: this node has none for persistentVolumeClaim',
    });
    const missing = volumes().setUp(owner({ configMap: { name: 'no' } }), addresses);
    await assert.rejects(
      missing,
      (error: unknown) =>
        error instanceof VolumeError &&
        error.message === 'MountVolume.SetUp failed for volume "v" : configmap "no" not found',
    );
  });
});

suite('host paths', () => {
  test('types are made or checked', async () => {
    const file = path.join(directory, 'f');
    await writeFile(file, '');
    const at = (name: string) => path.join(directory, name);
    await prepareHostPath({ path: at('made/deep'), type: 'DirectoryOrCreate' });
    await prepareHostPath({ path: at('new'), type: 'FileOrCreate' });
    assert.ok((await stat(at('made/deep'))).isDirectory());
    assert.ok((await stat(at('new'))).isFile());
    await prepareHostPath({ path: at('absent') });
    await assert.rejects(prepareHostPath({ path: file, type: 'Directory' }), {
      message: `hostPath type check failed: ${file} is not a directory`,
    });
    await assert.rejects(prepareHostPath({ path: directory, type: 'File' }), {
      message: `hostPath type check failed: ${directory} is not a file`,
    });
    await assert.rejects(prepareHostPath({ path: at('absent'), type: 'Socket' }), /is not a socket file/);
    await prepareHostPath({ path: '/dev/null', type: 'CharDevice' });
  });
});

suite('ownership', { skip: process.getuid?.() === 0 ? false : 'needs root' }, () => {
  test('group and bits, recursively, links not followed', async () => {
    const outside = path.join(directory, 'outside');
    const volume = path.join(directory, 'volume');
    await mkdir(path.join(volume, 'sub'), { recursive: true });
    await writeFile(outside, '', { mode: 0o600 });
    await writeFile(path.join(volume, 'sub/file'), '', { mode: 0o600 });
    await symlink(outside, path.join(volume, 'link'));
    await giveToGroup(volume, 4242);
    const [top, file, untouched] = await Promise.all(
      [volume, path.join(volume, 'sub/file'), outside].map(name => stat(name)),
    );
    assert.deepEqual([top!.gid, (top!.mode & 0o7070).toString(8)], [4242, '2070']);
    assert.deepEqual([file!.gid, (file!.mode & 0o777).toString(8)], [4242, '660']);
    assert.deepEqual([untouched!.gid, untouched!.mode & 0o777], [0, 0o600]);
  });
});

suite('sub-paths', () => {
  test('texts that are refused', () => {
    for (const bad of ['/etc', '../x', 'a/../../x']) assert.notEqual(subPathProblem(bad), undefined, bad);
    for (const good of ['a', 'a/b', '.', '..a']) assert.equal(subPathProblem(good), undefined, good);
  });

  test('missing directories are made inside, links are resolved inside', async () => {
    await mkdir(path.join(directory, 'real'));
    await symlink('real', path.join(directory, 'alias'));
    assert.deepEqual(await resolveInside(directory, 'x/y/z'), ['x', 'y', 'z']);
    assert.ok((await stat(path.join(directory, 'x/y/z'))).isDirectory());
    assert.deepEqual(await resolveInside(directory, 'alias'), ['real']);
    assert.deepEqual(await resolveInside(directory, 'alias/new'), ['real', 'new']);
    assert.deepEqual(await resolveInside(directory, '.'), []);
  });

  test('links that lead out are refused, and nothing is made out there', async () => {
    const outside = await mkdtemp(path.join(tmpdir(), 'orrery-outside-'));
    try {
      await symlink(outside, path.join(directory, 'out'));
      await symlink('/etc', path.join(directory, 'etc'));
      await assert.rejects(resolveInside(directory, 'out'), /not within volume path/);
      await assert.rejects(resolveInside(directory, 'out/new'), /not within volume path/);
      await assert.rejects(resolveInside(directory, 'etc/passwd'), /not within volume path/);
      assert.deepEqual(await readdir(outside), []);
    } finally {
      await rm(outside, { recursive: true });
    }
  });

  test(
    'what was found stays bound though the path is exchanged',
    { skip: process.getuid?.() === 0 ? false : 'needs root' },
    async () => {
      const volume = path.join(directory, 'volume');
      const target = path.join(directory, 'target');
      await mkdir(path.join(volume, 'sub'), { recursive: true });
      await writeFile(path.join(volume, 'sub/file'), 'inside');
      try {
        await bindSubPath({ volume, subPath: 'sub', target, mounter: systemMounter });
        await rm(path.join(volume, 'sub'), { recursive: true, force: true }).catch(() => {});
        await symlink('/etc', path.join(volume, 'sub')).catch(() => {});
        assert.equal((await readdir(target)).includes('passwd'), false);
        // A second time finds the mount and leaves it alone.
        assert.equal(await bindSubPath({ volume, subPath: 'sub', target, mounter: systemMounter }), target);
        const single = path.join(directory, 'single');
        await writeFile(path.join(volume, 'one'), 'just this');
        await bindSubPath({ volume, subPath: 'one', target: single, mounter: systemMounter });
        assert.equal(await readFile(single, 'utf8'), 'just this');
      } finally {
        for (const point of await systemMounter.below(directory)) await systemMounter.unmount(point);
      }
      assert.deepEqual(await systemMounter.below(directory), []);
    },
  );
});
