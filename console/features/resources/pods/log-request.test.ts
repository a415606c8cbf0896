import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Pod } from '@orrery/kinds/types';
import { logTarget, tailOf } from './log-request.ts';

const pod = { metadata: { name: 'a', namespace: 'b' }, spec: { containers: [] } } as Pod;
const wish = { container: 'c', follow: true, previous: false, tail: tailOf('200') };

test('a log is asked for as kubectl does', () => {
  const asked = (more: object) => logTarget(pod, { ...wish, ...more }).split('?')[1];
  assert.equal(
    logTarget(pod, wish),
    '/api/v1/namespaces/b/pods/a/log?container=c&follow=true&timestamps=true&tailLines=200',
  );
  assert.equal(asked({ tail: tailOf('5m') }), 'container=c&follow=true&timestamps=true&sinceSeconds=300');
  assert.equal(asked({ tail: tailOf('all'), follow: false }), 'container=c&timestamps=true');
});

test('what was before the last restart is not followed', () =>
  assert.match(logTarget(pod, { ...wish, previous: true }), /container=c&previous=true/));

test('an address with a mistake begins where others do', () => assert.equal(tailOf('nonsense').key, '200'));
