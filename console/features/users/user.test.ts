import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDisabled, statePatch, userOf, userPatch } from './user.ts';

const form = { name: ' mia ', displayName: 'Mia', email: ' ', description: '', password: ' P1 ' };

test('a new account has no empty fields; its password is sent as it was typed', () =>
  assert.deepEqual(userOf(form, 'platform-regular', false), {
    apiVersion: 'iam.kubesphere.io/v1beta1',
    kind: 'User',
    metadata: { name: 'mia', annotations: { 'iam.kubesphere.io/globalrole': 'platform-regular' } },
    spec: { displayName: 'Mia', password: ' P1 ' },
  }));

test('a password that others know must be changed', () =>
  assert.equal(userOf(form, '', true).metadata.annotations?.['iam.kubesphere.io/uninitialized'], 'true'));

test('what is emptied in a form is taken away, the role too', () =>
  assert.deepEqual(userPatch({ displayName: 'M', email: '', description: ' ' }, ''), {
    metadata: { annotations: { 'iam.kubesphere.io/globalrole': null } },
    spec: { displayName: 'M', email: null, description: null },
  }));

test('an account is switched off and on', () =>
  assert.deepEqual(
    [true, false].map(disabled => isDisabled({ ...userOf(form, '', false), ...statePatch(disabled) } as never)),
    [true, false],
  ));
