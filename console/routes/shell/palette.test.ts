import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matching } from './palette.ts';

const choices = [
  { title: 'Create a workspace', words: '创建企业空间' },
  { title: '企业空间', words: 'Workspaces' },
  { title: 'Workspace roles', words: '' },
];
const titles = (typed: string) => matching(choices, typed).map(({ title }) => title);

test('nothing typed: everything, as given', () => assert.equal(titles(' ').length, 3));
test('titles that begin so come first', () =>
  assert.deepEqual(titles('work'), ['Workspace roles', 'Create a workspace', '企业空间']));
test('every word counts, in any order and case', () =>
  assert.deepEqual(titles('SPACE create'), ['Create a workspace']));
test('both languages are understood', () => assert.deepEqual(titles('企业'), ['企业空间', 'Create a workspace']));
test('or nothing fits', () => assert.deepEqual(titles('zzz'), []));
