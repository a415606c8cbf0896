/** Images in the containerd of this machine: archives, attacks, registries. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, readFile, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { existsSync } from 'node:fs';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { systemRandom } from '@orrery/machinery/random';
import { startPod } from '../conformance.ts';
import { inOwnNetwork, busyboxFiles, dockerArchive, json, openMachine, type Machine } from '../testing/machine.ts';
import { RuntimeError, type Runtime } from '../types.ts';
import { hostsFiles, parseRegistries, registryAuth } from '../containerd/registries.ts';
import { superviseContainerd } from '../containerd/supervise.ts';
import { serveRegistry } from '../testing/registry.ts';
import { openArchive } from './archive.ts';
import { pauseImage } from './pause.ts';
import { writeTar, type TarFile } from './tar.ts';

const digestOfBytes = (content: Uint8Array) => `sha256:${createHash('sha256').update(content).digest('hex')}`;
const descriptorOf = (content: Uint8Array, mediaType: string) => ({
  mediaType,
  digest: digestOfBytes(content),
  size: content.length,
});

inOwnNetwork(import.meta.url, () =>
  suite('images in containerd', () => {
    let machine: Machine;
    let runtime: Runtime;
    before(async () => {
      machine = await openMachine();
      runtime = machine.runtime;
    });
    after(() => machine.close());

    /** An image that nobody has yet. */
    async function imageOf(text: string) {
      const file = join(machine.directory, `${text}.tar`);
      await writeFile(file, dockerArchive([{ name: 'text', content: json(text) }], []));
      return openArchive(file, { scratchDir: machine.directory, random: systemRandom });
    }

    test('a pull that cannot be is an error with the reason', async () => {
      await assert.rejects(runtime.pullImage('127.0.0.1:1/none:1'), /127\.0\.0\.1:1/);
      await assert.rejects(runtime.pullImage('not a name'), RuntimeError);
    });

    test('layers made to escape touch nothing outside of their snapshot (N6)', async () => {
      const target = join(machine.directory, 'escaped');
      await mkdir(target);
      const up = '../'.repeat(10);
      const content = new TextEncoder().encode('evil');
      const cases: TarFile[][] = [
        [{ name: `${up}${target.slice(1)}/dots`, content }],
        [{ name: `${target}/absolute`, content }],
        [
          { name: 'link', content: new Uint8Array(), type: 'symlink', link: target },
          { name: 'link/through-symlink', content },
        ],
        [
          { name: 'up', content: new Uint8Array(), type: 'symlink', link: up },
          { name: `up${target}/through-dots`, content },
        ],
        [
          { name: 'hard', content: new Uint8Array(), type: 'hardlink', link: `${up}etc/hostname` },
          { name: 'hard', content },
        ],
        [{ name: `${up}${target.slice(1)}/.wh..wh..opq`, content: new Uint8Array() }],
      ];
      const hostname = await readFile('/etc/hostname', 'utf8').catch(() => '');
      for (const [i, files] of cases.entries()) {
        const file = join(machine.directory, 'evil.tar');
        await writeFile(file, dockerArchive(files, [`orrery.test/evil:${i}`]));
        // Refusing the layer and keeping it inside are both fine.
        await machine.images.importArchive(file).catch(() => {});
        for (const name of ['dots', 'absolute', 'through-symlink', 'through-dots']) {
          assert.equal(existsSync(join(target, name)), false, `case ${i}`);
        }
        assert.ok(existsSync(target));
      }
      assert.equal(await readFile('/etc/hostname', 'utf8').catch(() => ''), hostname);
    });

    test('a layer that is not what the configuration says is refused before it is unpacked (N6)', async () => {
      const file = join(machine.directory, 'wrong.tar');
      const wrong = { rootfs: { type: 'layers', diff_ids: [`sha256:${'0'.repeat(64)}`] } };
      await writeFile(file, dockerArchive([{ name: 'a', content: json({}) }], ['orrery.test/wrong:1'], wrong));
      await assert.rejects(machine.images.importArchive(file), /unpacks to sha256:.* instead of sha256:0000/);
      assert.equal(await runtime.imageStatus('orrery.test/wrong:1'), undefined);
    });

    test('an OCI layout for several platforms with compressed layers runs', async () => {
      const layers = [writeTar(await busyboxFiles()), writeTar([{ name: 'from-layer-two', content: json('zstd') }])];
      const config = json({
        architecture: machine.architecture,
        os: 'linux',
        rootfs: { type: 'layers', diff_ids: layers.map(digestOfBytes) },
      });
      const type = 'application/vnd.oci.image';
      const packed = [new Uint8Array(gzipSync(layers[0]!)), new Uint8Array(zstdCompressSync(layers[1]!))];
      const manifest = json({
        schemaVersion: 2,
        config: descriptorOf(config, `${type}.config.v1+json`),
        layers: [
          descriptorOf(packed[0]!, `${type}.layer.v1.tar+gzip`),
          descriptorOf(packed[1]!, `${type}.layer.v1.tar+zstd`),
        ],
      });
      const absent = { platform: { os: 'linux', architecture: 's390x' } };
      const here = { platform: { os: 'linux', architecture: machine.architecture } };
      const index = json({
        schemaVersion: 2,
        mediaType: `${type}.index.v1+json`,
        manifests: [
          { ...descriptorOf(json('absent'), `${type}.manifest.v1+json`), ...absent },
          { ...descriptorOf(manifest, `${type}.manifest.v1+json`), ...here },
        ],
      });
      const annotations = { 'org.opencontainers.image.ref.name': 'orrery.test/layout:1' };
      const top = json({ manifests: [{ ...descriptorOf(index, `${type}.index.v1+json`), annotations }] });
      const blobs = [config, ...packed, manifest, index].map(content => ({
        name: `blobs/${digestOfBytes(content).replace(':', '/')}`,
        content,
      }));
      const file = join(machine.directory, 'layout.tar');
      await writeFile(file, writeTar([{ name: 'index.json', content: top }, ...blobs]));
      const [imported] = await machine.images.importArchive(file);
      assert.deepEqual(imported, { id: digestOfBytes(config), names: ['orrery.test/layout:1'] });
      assert.deepEqual((await runtime.imageStatus('orrery.test/layout:1'))!.repoDigests, [
        `orrery.test/layout@${digestOfBytes(index)}`,
      ]);
      // Removing an image collects the garbage: what was imported must be held by its labels alone.
      await runtime.removeImage(machine.spareImage);
      await using pod = await startPod(machine, { image: imported!.id });
      const { stdout } = await runtime.execSync(pod.containerId, ['/bin/cat', '/from-layer-two'], 5);
      assert.equal(Buffer.from(stdout).toString(), '"zstd"');
    });

    test('the directory of archives is imported once, and again when a file changes or an image is gone', async () => {
      const directory = join(machine.directory, 'images');
      await mkdir(directory);
      const archive = (text: string) =>
        dockerArchive([{ name: 'text', content: json(text) }], ['orrery.test/scanned:1']);
      await writeFile(join(directory, 'a.tar'), archive('one'));
      await writeFile(join(directory, 'bad.tar'), 'this is not an archive');
      await writeFile(join(directory, 'notes.txt'), 'not looked at');
      const scratch = (name: string) => join(machine.directory, 'scratch', name);
      await writeFile(scratch('unpack-old.tar'), '');
      await utimes(scratch('unpack-old.tar'), 0, 0);
      await writeFile(scratch('unpack-new.tar'), '');
      assert.deepEqual(await machine.images.importDirectory(directory), ['a.tar']);
      assert.deepEqual([existsSync(scratch('unpack-old.tar')), existsSync(scratch('unpack-new.tar'))], [false, true]);
      assert.deepEqual(await machine.images.importDirectory(directory), []);
      const before = (await runtime.imageStatus('orrery.test/scanned:1'))!.id;
      await writeFile(join(directory, 'a.tar'), archive('another'));
      assert.deepEqual(await machine.images.importDirectory(directory), ['a.tar']);
      const now = (await runtime.imageStatus('orrery.test/scanned:1'))!.id;
      assert.notEqual(now, before);
      await runtime.removeImage('orrery.test/scanned:1');
      assert.deepEqual(await machine.images.importDirectory(directory), ['a.tar']);
      assert.deepEqual(await machine.images.importDirectory(join(directory, 'absent')), []);
    });

    test('the pause image stays: it is reported as pinned', async () => {
      assert.equal((await runtime.imageStatus(pauseImage))?.pinned, true);
      assert.equal((await runtime.imageStatus(machine.image))?.pinned, false);
    });

    test('a pull sends its credentials to the registry and to nobody else (N6)', async () => {
      await using archive = await imageOf('behind a password');
      const image = archive.images[0]!;
      await using registry = await serveRegistry(image, 'reader', 'pässword');
      const name = `${registry.host}/team/app:1`;
      await assert.rejects(runtime.pullImage(name), /401|authorization|credentials/i);
      await assert.rejects(runtime.pullImage(name, { username: 'reader', password: 'wrong' }), RuntimeError);
      const auth = {
        auth: Buffer.from('reader:pässword').toString('base64'),
        serverAddress: `http://${registry.host}`,
      };
      const id = await runtime.pullImage(name, auth);
      assert.equal((await runtime.imageStatus(name))?.id, id);
      assert.deepEqual((await runtime.imageStatus(name))!.repoDigests, [
        `${registry.host}/team/app@${image.target.digest}`,
      ]);
      assert.ok(registry.askedOfBlobHost.length > 0);
      assert.ok(registry.askedOfBlobHost.every(({ authorization }) => authorization === undefined));
      const elsewhere = { username: 'reader', password: 'pässword', serverAddress: 'https://elsewhere.test' };
      registry.asked.length = 0;
      await assert.rejects(runtime.pullImage(`${registry.host}/team/other:1`, elsewhere), RuntimeError);
      assert.ok(registry.asked.every(({ authorization }) => authorization === undefined));
    });

    test('a mirror of registries.yaml is asked instead, with its own credentials', async () => {
      await using archive = await imageOf('mirrored');
      await using registry = await serveRegistry(archive.images[0]!, 'reader', 'secret');
      const registries = parseRegistries(`
      mirrors: { hub.test: { endpoint: ["http://${registry.host}"] } }
      configs: { "${registry.host}": { auth: { username: reader, password: secret } } }`);
      machine.containerd.release();
      machine.containerd = await superviseContainerd({
        ...machine.options,
        registryFiles: hostsFiles(registries),
        registryAuth: registryAuth(registries),
      });
      const id = await runtime.pullImage('hub.test/library/thing:1');
      assert.equal((await runtime.imageStatus('hub.test/library/thing:1'))?.id, id);
      assert.ok(registry.asked.some(({ path }) => path === '/v2/library/thing/manifests/1?ns=hub.test'));
    });
  }),
);
