import assert from 'node:assert/strict';
import { test } from 'node:test';
import { systemClock } from '@orrery/machinery/clock';
import { seededRandom, systemRandom } from '@orrery/machinery/random';
import { randomPassword } from '../bootstrap.ts';
import { sameText } from '../oauth/digest.ts';
import { tooOld } from '../users/reconciler.ts';
import { createHasher } from '../node/hasher.ts';
import { createPasswords, isHash, passwordProblem } from './passwords.ts';
import { isUserName } from './users.ts';

const passwords: [string, string | undefined][] = [
  ['Abcdefg1', undefined],
  ['Abcdef1', 'a password has at least 8 characters'],
  ['abcdefg1', 'a password has an upper-case letter'],
  ['ABCDEFG1', 'a password has a lower-case letter'],
  ['Abcdefgh', 'a password has a digit'],
  [`Ab1${'x'.repeat(62)}`, 'a password has at most 64 characters'],
];
for (const [password, problem] of passwords)
  test(`password ${password}`, () => assert.equal(passwordProblem(password), problem));

test('a random password fits the rule, and is never the same', () => {
  const made = new Set(Array.from({ length: 50 }, () => randomPassword(systemRandom)));
  assert.equal(made.size, 50);
  for (const password of made) assert.equal(passwordProblem(password), undefined);
  assert.equal(randomPassword(seededRandom(3)), randomPassword(seededRandom(3)));
});

const userNames: [string, boolean][] = [
  ['alice', true],
  ['a.b-c1', true],
  ['Alice', false],
  ['system:admin', false],
  ['-a', false],
  ['', false],
  ['a/b', false],
  ['x'.repeat(64), false],
];
for (const [name, good] of userNames) test(`user name ${name}`, () => assert.equal(isUserName(name), good));

test('hashes are bcrypt, and those of others are understood', async () => {
  const hasher = createHasher(systemClock);
  const { hash, matches } = createPasswords(hasher);
  const made = await hash('Secret-1');
  assert.equal(isHash(made), true);
  assert.equal(isHash('Secret-1'), false);
  assert.equal(await matches('Secret-1', made), true);
  assert.equal(await matches('Secret-2', made), false);
  assert.equal(await matches('Secret-1', undefined), false);
  // As Go's bcrypt writes them.
  assert.equal(await matches('Secret-1', made.replace('$2b$', '$2a$')), true);
  // A hash that takes minutes is not computed.
  assert.equal(await matches('Secret-1', made.replace('$10$', '$31$')), false);
  await hasher.close();
});

test('a flood of log-ins is turned away, not queued', async () => {
  const { matches } = createPasswords({ hash: async () => '', compare: async () => true });
  const flood = Array.from({ length: 40 }, () =>
    matches('x', '$2b$04$abcdefghijklmnopqrstuuK1Y2Z3a4b5c6d7e8f9g0h1i2j3k4l5m'),
  );
  const answers = await Promise.allSettled(flood);
  assert.ok(answers.filter(({ status }) => status === 'rejected').length >= 8);
});

test('texts are compared to their end', () => {
  assert.deepEqual(
    [sameText('a', 'a'), sameText('a', 'b'), sameText('a', 'ab'), sameText('', 'a')],
    [true, false, false, false],
  );
});

test('records are kept for a week, and a hundred of them', () => {
  const day = 24 * 3600_000;
  const record = (name: string, ageMs: number) => ({
    metadata: { name, creationTimestamp: new Date(100 * day - ageMs).toISOString() },
    spec: { type: 'Password' as const, success: true },
  });
  const kept = { recordsKeptSeconds: 7 * 24 * 3600, recordsMax: 100 };
  assert.deepEqual(
    tooOld([record('new', 0), record('old', 8 * day)], 100 * day, kept).map(({ metadata }) => metadata.name),
    ['old'],
  );
  const many = Array.from({ length: 103 }, (_, index) => record(`${index}`, index));
  assert.deepEqual(
    tooOld(many, 100 * day, kept).map(({ metadata }) => metadata.name),
    ['100', '101', '102'],
  );
});

test('the event loop goes on while hashes are made', async () => {
  const hasher = createHasher(systemClock);
  await hasher.hash('warm', 4);
  let turns = 0;
  let done = false;
  const hashing = hasher.hash('Secret-1', 10).then(() => (done = true));
  while (!done) {
    turns++;
    await new Promise(setImmediate);
  }
  await hashing;
  // In this thread a hash leaves a turn each 100 ms.
  assert.ok(turns > 20, `${turns} turns`);
  await hasher.close();
});
