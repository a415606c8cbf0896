import assert from 'node:assert/strict';
import { test } from 'node:test';
import { jsonAnswer, statusAnswer, type Handler, type Response } from '@orrery/http';
import { createManualClock } from '@orrery/machinery/manual-clock';
import { seededRandom } from '@orrery/machinery/random';
import { StatusError, conflict, notFound, tooManyRequests } from '@orrery/machinery/status';
import { retryOnConflict, retrying } from './index.ts';

const ok = jsonAnswer(200, {});
const busy = (seconds: number) => statusAnswer(tooManyRequests('wait', seconds).toStatus());

/** A server that gives these answers in turn, the last one again and again; remembers when it was asked. */
function scripted(...answers: Response[]) {
  const clock = createManualClock();
  const at: number[] = [];
  const handler: Handler = async () => {
    at.push(clock.monotonic());
    return answers[Math.min(at.length, answers.length) - 1]!;
  };
  const transport = retrying(handler, { clock, random: seededRandom(1) });
  const abort = new AbortController();
  const answer = transport({ method: 'POST', target: '/', headers: {}, body: new Uint8Array(), signal: abort.signal });
  return { clock, at, answer, abort };
}

test('429 with a delay is waited out and asked again', async () => {
  const { clock, at, answer } = scripted(busy(2), busy(5), ok);
  await clock.advance(20_000);
  assert.equal((await answer).status, 200);
  assert.equal(at.length, 3);
  assert.ok(at[1]! >= 2_000 && at[1]! <= 2_200, `${at[1]}`);
  assert.ok(at[2]! - at[1]! >= 5_000 && at[2]! - at[1]! <= 5_500);
});

test('it gives up after ten', async () => {
  const { clock, at, answer } = scripted(busy(1));
  await clock.advance(60_000);
  assert.equal((await answer).status, 429);
  assert.equal(at.length, 11);
});

const once: [string, Response][] = [
  ['success', ok],
  ['429 without a delay', { status: 429, headers: {} }],
  ['500 without a delay', { status: 500, headers: {} }],
  ['404 with a delay', { status: 404, headers: { 'retry-after': '1' } }],
  ['a date as delay', { status: 429, headers: { 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' } }],
];

for (const [what, response] of once)
  test(`not asked again: ${what}`, async () => {
    const { clock, at, answer } = scripted(response);
    await clock.advance(120_000);
    assert.equal((await answer).status, response.status);
    assert.equal(at.length, 1);
  });

test('503 with a delay is asked again, at most a minute later', async () => {
  const { clock, at, answer } = scripted({ status: 503, headers: { 'retry-after': '86400' } }, ok);
  await clock.advance(66_000);
  assert.equal((await answer).status, 200);
  assert.equal(at.length, 2);
});

test('an abort ends the waiting', async () => {
  const { clock, at, answer, abort } = scripted(busy(30), busy(30));
  await clock.settle();
  abort.abort();
  assert.equal((await answer).status, 429);
  assert.ok(at.length <= 2);
});

const clash = () => conflict({ group: '', resource: 'pods', name: 'a' }, 'changed');

test('a conflict is tried again with growing pauses, four times in all', async () => {
  const clock = createManualClock();
  const at: number[] = [];
  const attempt = async () => {
    at.push(clock.monotonic());
    throw clash();
  };
  const result = retryOnConflict({ clock, random: seededRandom(1) }, attempt).catch(
    (error: StatusError) => error.reason,
  );
  await clock.advance(1_000);
  assert.equal(await result, 'Conflict');
  assert.equal(at.length, 4);
  at.slice(1).forEach((time, i) => {
    const pause = time - at[i]!;
    assert.ok(pause >= 10 * 5 ** i && pause <= 11 * 5 ** i, `pause ${i} is ${pause} ms`);
  });
});

test('other errors, and success, end it at once', async () => {
  const clock = createManualClock();
  const random = seededRandom(1);
  await assert.rejects(
    retryOnConflict({ clock, random }, () => Promise.reject(notFound({ group: '', resource: 'pods', name: 'a' }))),
    { reason: 'NotFound' },
  );
  assert.equal(await retryOnConflict({ clock, random }, () => Promise.resolve(7)), 7);
});
