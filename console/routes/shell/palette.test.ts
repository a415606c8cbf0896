import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matching, sectionsIn } from './palette.ts';

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

test('what stands together keeps the numbers of the whole', () =>
  assert.deepEqual(
    sectionsIn([{ key: 'a' }, { key: 'b', section: 'Pods' }, { key: 'c' }, { key: 'd', section: 'Pods' }]).map(
      ({ title, entries }) => [title, entries.map(({ choice, index }) => `${choice.key}${index}`)],
    ),
    [
      [undefined, ['a0', 'c2']],
      ['Pods', ['b1', 'd3']],
    ],
  ));
