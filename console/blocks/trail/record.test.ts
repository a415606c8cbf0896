import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AuditEvent } from '@orrery/platform-contract/features';
import { objectText, resultTone, userText } from './record.ts';

const event = (given: Partial<AuditEvent>): AuditEvent => ({
  ...{ level: 'Metadata', auditID: '1', stage: 'ResponseComplete', requestURI: '/', verb: 'get' },
  ...{ user: { username: 'ann' }, requestReceivedTimestamp: '', stageTimestamp: '' },
  ...{ Workspace: '', Cluster: 'host', Devops: '', Message: '' },
  ...given,
});

test('what was done to is said as short as it can be', () => {
  assert.equal(
    objectText(event({ objectRef: { resource: 'pods', name: 'web', subresource: 'exec' } })),
    'pods/web (exec)',
  );
  assert.equal(objectText(event({ objectRef: { resource: 'pods' } })), 'pods');
  assert.equal(objectText(event({})), '');
});

for (const [code, status, tone] of [
  [200, 'Success', 'good'],
  [403, 'Failure', 'warn'],
  [401, 'Failure', 'warn'],
  [409, undefined, 'bad'],
  [undefined, 'Failure', 'bad'],
] as const)
  test(`${code ?? 'no code'} ${status ?? ''} looks ${tone}`, () =>
    assert.equal(resultTone(event({ responseStatus: { code, status } })), tone));

test('who acts as another is shown with the other', () => {
  assert.equal(userText(event({ impersonatedUser: { username: 'bob' } })), 'ann → bob');
  assert.equal(userText(event({ impersonatedUser: { username: 'ann' } })), 'ann');
});
