import assert from 'node:assert/strict';
import { mkdtemp, readdir, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { seededRandom, type Random } from '@orrery/machinery/random';
import { pathProblem, writeAtomically, type Payload } from './atomic-writer.ts';

const text = (value: string) => new TextEncoder().encode(value);
const payload = (files: Record<string, string>, mode = 0o644): Payload =>
  new Map(Object.entries(files).map(([name, value]) => [name, { data: text(value), mode }]));
const deps = (random: Random) => ({ clock: { now: () => 1_700_000_000_000 }, random });

suite('atomic writer', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'orrery-atomic-'));
  });
  afterEach(() => rm(directory, { recursive: true, force: true }));

  const visible = async (): Promise<Record<string, string>> => {
    const shown: Record<string, string> = {};
    const walk = async (below: string): Promise<void> => {
      for (const name of await readdir(path.join(directory, below))) {
        if (below === '' && name.startsWith('..')) continue;
        const relative = path.join(below, name);
        const file = path.join(directory, relative);
        if ((await stat(file)).isDirectory()) await walk(relative);
        else shown[relative] = await readFile(file, 'utf8');
      }
    };
    await walk('');
    return shown;
  };

  test('shows exactly what was written, through ..data', async () => {
    assert.equal(await writeAtomically(directory, payload({ a: '1', 'dir/b': '2' }), deps(seededRandom(1))), true);
    assert.deepEqual(await visible(), { a: '1', 'dir/b': '2' });
    assert.equal(await readlink(path.join(directory, 'a')), '..data/a');
    assert.equal(await readlink(path.join(directory, 'dir')), '..data/dir');
    assert.match(await readlink(path.join(directory, '..data')), /^\.\.2023_11_14_22_13_20\.[a-z0-9]{10}$/);
  });

  test('writing the same again touches nothing', async () => {
    await writeAtomically(directory, payload({ a: '1' }), deps(seededRandom(1)));
    const before = await readlink(path.join(directory, '..data'));
    assert.equal(await writeAtomically(directory, payload({ a: '1' }), deps(seededRandom(2))), false);
    assert.equal(await readlink(path.join(directory, '..data')), before);
  });

  test('a changed mode is a change', async () => {
    await writeAtomically(directory, payload({ a: '1' }, 0o400), deps(seededRandom(1)));
    assert.equal(await writeAtomically(directory, payload({ a: '1' }, 0o640), deps(seededRandom(2))), true);
    assert.equal((await stat(path.join(directory, 'a'))).mode & 0o777, 0o640);
  });

  test('remains of a crash are cleaned away', async () => {
    await writeAtomically(directory, payload({ a: '1' }), deps(seededRandom(1)));
    await symlink('nowhere', path.join(directory, '..data_tmp'));
    await writeFile(path.join(directory, '..half'), 'x');
    await writeAtomically(directory, payload({ a: '2' }), deps(seededRandom(2)));
    const stamps = (await readdir(directory)).filter(name => name.startsWith('..') && name !== '..data');
    assert.equal(stamps.length, 1);
    assert.deepEqual(await visible(), { a: '2' });
  });

  test('a name lost between swap and publishing comes back', async () => {
    await writeAtomically(directory, payload({ a: '1', b: '2' }), deps(seededRandom(1)));
    await rm(path.join(directory, 'b'));
    await writeAtomically(directory, payload({ a: '1', b: '2' }), deps(seededRandom(2)));
    assert.deepEqual(await visible(), { a: '1', b: '2' });
  });

  const refused = ['', '/etc/passwd', '../x', 'a/../../x', '..', '..x', 'a/..', `${'x'.repeat(256)}`];
  for (const name of refused) {
    test(`refuses ${JSON.stringify(name.slice(0, 20))}`, async () => {
      assert.notEqual(pathProblem(name), undefined);
      await assert.rejects(writeAtomically(directory, payload({ [name]: 'x' }), deps(seededRandom(1))), /invalid path/);
      assert.deepEqual(await readdir(directory), []);
    });
  }

  test('dots inside a name are fine', () => {
    for (const name of ['a..b', 'a/..b', '.hidden', 'a.', 'x/.y']) assert.equal(pathProblem(name), undefined, name);
  });

  test('property: after any sequence of writes the last payload is visible, with one stamp left', async () => {
    const random = seededRandom(42);
    const names = ['a', 'b', 'c', 'd/e', 'd/f', 'g/h/i'];
    for (let round = 0; round < 60; round++) {
      const files: Record<string, string> = {};
      for (const name of names) if (random.float() < 0.5) files[name] = String(Math.floor(random.float() * 3));
      await writeAtomically(directory, payload(files), deps(random));
      assert.deepEqual(await visible(), files);
      const hidden = (await readdir(directory)).filter(name => name.startsWith('..'));
      assert.equal(hidden.length, 2, `round ${round}: ${hidden}`);
    }
  });

  test('property: a reader never sees a mixture', async () => {
    const random = seededRandom(7);
    await writeAtomically(directory, payload({ a: '0', b: '0' }), deps(random));
    let done = false;
    const reader = (async () => {
      let reads = 0;
      while (!done) {
        const stamp = await readlink(path.join(directory, '..data'));
        const [a, b] = await Promise.all(
          ['a', 'b'].map(name => readFile(path.join(directory, stamp, name), 'utf8').catch(() => undefined)),
        );
        // The directory may vanish between the two calls; what is read must be of one write.
        if (a !== undefined && b !== undefined) assert.equal(a, b);
        reads++;
      }
      return reads;
    })();
    for (let round = 1; round <= 60; round++)
      await writeAtomically(directory, payload({ a: `${round}`, b: `${round}` }), deps(random));
    done = true;
    assert.ok((await reader) > 0);
  });
});
