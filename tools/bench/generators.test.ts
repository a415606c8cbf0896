import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createPace, parseH2load, parseWrk } from './generators.ts';

const wrk = (extra: string): string => `Running 3s test @ https://127.0.0.1:6443/
  1 threads and 32 connections
  Thread Stats   Avg      Stdev     Max   +/- Stdev
    Latency     2.46ms    1.13ms  24.00ms   92.51%
    Req/Sec    13.37k     1.61k   15.10k    80.65%
  Latency Distribution
     50%  980.00us
     75%    2.30ms
     90%    5.71ms
     99%    1.25s
  41212 requests in 3.10s, 52.31MB read
${extra}Requests/sec:  13294.21
Transfer/sec:     16.87MB
`;

describe('wrk', () => {
  test('tells a rate and how long answers took', () =>
    assert.deepEqual(parseWrk(wrk('')), { requests: 41212, perSecond: 13294.21, p50Ms: 0.98, p99Ms: 1250 }));
  test('that was not asked for a distribution tells the rate alone', () =>
    assert.deepEqual(parseWrk(wrk('').replace(/Latency Distribution[^]*1.25s\n/, '')), {
      requests: 41212,
      perSecond: 13294.21,
    }));
  test('whose answers were refused is an error', () =>
    assert.throws(() => parseWrk(wrk('  Non-2xx or 3xx responses: 41212\n')), /41212 answers/));
  test('whose sockets broke is an error', () =>
    assert.throws(() => parseWrk(wrk('  Socket errors: connect 0, read 3, write 0, timeout 0\n')), /read 3/));
  test('that was only slow is not', () =>
    assert.equal(parseWrk(wrk('  Socket errors: connect 0, read 0, write 0, timeout 2\n')).perSecond, 13294.21));
  test('that says something else is an error', () => assert.throws(() => parseWrk('unable to connect'), /no rate/));
});

const h2load = (requests: string, codes: string): string => `starting benchmark...
Warm-up phase is over for thread #0.
Main benchmark duration is started for thread #0.

finished in 4.00s, 9876.33 req/s, 12.34MB/s
requests: 29629 total, 29661 started, 29629 done, ${requests}, 0 timeout
status codes: ${codes}
traffic: 37.02MB (38818990) total, 1.69MB (1777740) headers (space savings 52.38%), 34.61MB (36291520) data
`;

describe('h2load', () => {
  const fine = '29629 succeeded, 0 failed, 0 errored';
  test('tells a rate', () =>
    assert.deepEqual(parseH2load(h2load(fine, '29629 2xx, 0 3xx, 0 4xx, 0 5xx')), {
      requests: 29629,
      perSecond: 9876.33,
    }));
  test('whose answers were refused is an error', () =>
    assert.throws(() => parseH2load(h2load(fine, '0 2xx, 0 3xx, 29629 4xx, 0 5xx')), /29629 4xx/));
  test('whose streams broke is an error', () =>
    assert.throws(
      () => parseH2load(h2load('29620 succeeded, 9 failed, 9 errored', '29620 2xx, 0 3xx, 0 4xx, 0 5xx')),
      /9 errored/,
    ));
  test('that got no answer is an error', () =>
    assert.throws(
      () => parseH2load(h2load('0 succeeded, 0 failed, 0 errored', '0 2xx, 0 3xx, 0 4xx, 0 5xx')),
      /0 2xx/,
    ));
  test('that says something else is an error', () => assert.throws(() => parseH2load('could not connect'), /no rate/));
});

describe('the pace', () => {
  const pace = createPace();
  test('begins with a few requests for each connection', () => assert.equal(pace.requestsFor('get', 4, 3), 40));
  test('then follows what the same load did', () => {
    pace.learn('get', { requests: 40, perSecond: 1000 });
    assert.equal(pace.requestsFor('get', 4, 3), 3000);
    assert.equal(pace.requestsFor('put', 4, 3), 40);
  });
  test('has one request for each connection at least', () => {
    pace.learn('list', { requests: 40, perSecond: 2 });
    assert.equal(pace.requestsFor('list', 32, 1), 32);
  });
});
