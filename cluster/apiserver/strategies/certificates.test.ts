import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { KubeObject } from '@orrery/machinery/meta';
import { seededRandom } from '@orrery/machinery/random';
import { issueAuthority } from '../pki/issue.ts';
import type { WriteContext } from '../types.ts';
import { signingRequestStrategy } from './certificates.ts';

const context: WriteContext = {
  user: { name: 'u', groups: [] },
  nowMs: 0,
  random: seededRandom(1),
  dryRun: false,
  reads: { get: async () => undefined, list: async () => [], subscribe: async () => () => {} },
  warn: () => {},
};

const pem = (type: string): string => btoa(`-----BEGIN ${type}-----\nAAAA\n-----END ${type}-----\n`);
const certificate = btoa((await issueAuthority('a', 0, seededRandom(1))).certificate);
const request = (status: object): KubeObject =>
  ({
    metadata: { name: 'a' },
    spec: { request: pem('CERTIFICATE REQUEST'), signerName: 'a.b/c', usages: ['client auth'] },
    status,
  }) as unknown as KubeObject;
const decision = (type: string, status = 'True'): object => ({ conditions: [{ type, status }] });

/** Subresource, what is stored, what is written, and what is told. */
const cases: [part: string, old: object, now: object, told: string[]][] = [
  ['approval', {}, decision('Approved'), []],
  [
    'approval',
    {},
    decision('Denied', 'False'),
    ['status.conditions[0].status: Unsupported value: "False": supported values: "True"'],
  ],
  [
    'approval',
    decision('Approved'),
    decision('Failed'),
    ['status.conditions: Forbidden: updates may not remove a condition of type "Approved"'],
  ],
  ['status', {}, { certificate }, []],
  [
    'status',
    {},
    { certificate: pem('CERTIFICATE') },
    ['status.certificate: Invalid value: "<certificate data>": x509: malformed certificate'],
  ],
  [
    'status',
    {},
    { certificate: pem('KEY') },
    ['status.certificate: Invalid value: "<certificate data>": only CERTIFICATE PEM blocks are allowed, found "KEY"'],
  ],
  [
    'status',
    {},
    { certificate: btoa('x') },
    ['status.certificate: Invalid value: "<certificate data>": must contain at least one CERTIFICATE PEM block'],
  ],
  [
    'status',
    { certificate: pem('CERTIFICATE') },
    { certificate: btoa(`${atob(pem('CERTIFICATE'))}${atob(pem('CERTIFICATE'))}`) },
    ['status.certificate: Forbidden: updates may not modify existing certificate content'],
  ],
];

test('decisions stay, and a certificate is set once and is one', () => {
  for (const [name, stored, given, told] of cases) {
    const part = signingRequestStrategy.subresources![name]!;
    const old = request(stored);
    const object = part.prepareForUpdate(request(given), old, context);
    const errors = part.validateUpdate!(object, old, context);
    assert.deepEqual(
      errors.map(({ field, message }) => `${field}: ${message}`),
      told,
    );
  }
});

test('a new request can be read and was signed by its own key', () => {
  const told = (type: string): string[] =>
    signingRequestStrategy.validate!({ spec: { request: pem(type) } } as unknown as KubeObject, context).map(
      ({ field }) => field,
    );
  assert.deepEqual(told('CERTIFICATE REQUEST'), ['spec.request']);
  assert.deepEqual(told('OTHER'), [], 'is refused before');
});
