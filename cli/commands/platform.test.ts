/** Where the cluster asks a platform that runs elsewhere. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { admissionOf, atPort } from './platform.ts';

const folder = mkdtempSync(join(tmpdir(), 'orrery-admission-'));
const [tlsCert, tlsCa] = [join(folder, 'cert'), join(folder, 'ca')];
writeFileSync(tlsCert, 'CERT');
writeFileSync(tlsCa, 'CA');
after(() => rmSync(folder, { recursive: true }));

const service = { namespace: 'a', name: 'b', port: 443 };
const url = 'https://platform.test:30880';
const cases: [string, Parameters<typeof admissionOf>[0], ReturnType<typeof admissionOf>][] = [
  ['not asked for', { tlsCert }, undefined],
  [
    'by address, vouched for by its own certificate',
    { tlsCert, admissionUrl: url },
    { url, certificateAuthority: 'CERT' },
  ],
  ['by address, vouched for by another', { tlsCert, tlsCa, admissionUrl: url }, { url, certificateAuthority: 'CA' }],
  ['by a Service', { tlsCert, tlsCa, admissionService: service }, { service, certificateAuthority: 'CA' }],
];
for (const [what, options, expected] of cases)
  test(`admission ${what}`, () => assert.deepEqual(admissionOf(options), expected));

const refused: [string, Parameters<typeof admissionOf>[0], RegExp][] = [
  ['without TLS', { admissionUrl: url }, /by TLS alone/],
  ['by http', { tlsCert, admissionUrl: 'http://platform.test' }, /https/],
  ['twice', { tlsCert, admissionUrl: url, admissionService: service }, /give one/],
];
for (const [what, options, message] of refused)
  test(`admission ${what} is refused`, () => assert.throws(() => admissionOf(options), message));

test('port 0 of the address for admission is the one that the platform listens on', () => {
  const place = (url: string) => atPort({ url, certificateAuthority: 'ca' }, 4321);
  assert.deepEqual(place('https://127.0.0.1:0'), { url: 'https://127.0.0.1:4321', certificateAuthority: 'ca' });
  assert.deepEqual(place('https://127.0.0.1:01'), { url: 'https://127.0.0.1:01', certificateAuthority: 'ca' });
  assert.deepEqual(place('https://platform:30880'), { url: 'https://platform:30880', certificateAuthority: 'ca' });
});
