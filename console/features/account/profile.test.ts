import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formOf, profileOf } from './profile.ts';

const user = (lang?: string) => ({
  apiVersion: 'iam.kubesphere.io/v1beta1',
  kind: 'User',
  metadata: { name: 'mia' },
  spec: { displayName: 'Mia', ...(lang && { lang }) },
});

test('the language is that of the account, or that of the page', () => {
  assert.equal(formOf(user('zh-CN'), 'en').language, 'zh');
  assert.equal(formOf(user(), 'zh').language, 'zh');
});

test('what is sent has a tag that other tools understand', () => {
  assert.deepEqual(profileOf({ displayName: ' M ', email: ' ', language: 'zh' }), {
    displayName: 'M',
    email: '',
    lang: 'zh-CN',
  });
  assert.equal(formOf(user(profileOf({ displayName: '', email: '', language: 'en' }).lang), 'zh').language, 'en');
});
