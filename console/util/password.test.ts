import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seededRandom } from '@orrery/machinery/random';
import { randomPassword } from './password.ts';

test('every password has what the platform asks for, and nothing that is easily misread', () => {
  for (let seed = 0; seed < 300; seed++) {
    const password = randomPassword(seededRandom(seed));
    assert.match(password, /^(?=.*[a-z])(?=.*[A-Z])(?=.*[0-9])[^0O1Il]{16}$/);
  }
});

test('two are not the same', () => {
  const random = seededRandom(1);
  assert.notEqual(randomPassword(random), randomPassword(random));
});

test('a source that has run dry once is asked again', () => {
  const random = seededRandom(2);
  let asked = 0;
  const bytes = (size: number) => {
    const drawn = random.bytes(size);
    // A few good ones are not enough.
    return asked++ === 0 ? drawn.fill(255, 9) : drawn;
  };
  assert.equal(randomPassword({ bytes }).length, 16);
  assert.ok(asked > 1);
});
