import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { areas } from './areas.data.ts';
import { givenLevels, isEverything, levelsOf, rulesOf, ruleTexts, type Given } from './levels.ts';

const rule = (verbs: string[], apiGroups: string[], resources: string[]) => ({ verbs, apiGroups, resources });

describe('a role that was put together in a form', () => {
  for (const { key } of areas)
    for (const level of givenLevels)
      test(`reads as it was made: ${key} ${level}`, () => {
        const levels: Record<string, Given> = Object.fromEntries(areas.map(area => [area.key, 'none']));
        assert.deepEqual(levelsOf(rulesOf({ ...levels, [key]: level })), { ...levels, [key]: level });
      });
});

const cases: [string, ReturnType<typeof rule>[], string, string][] = [
  ['a star is everything', [rule(['*'], ['*'], ['*'])], 'secrets', 'manage'],
  ['reading everything is viewing', [rule(['get', 'list', 'watch'], ['*'], ['*'])], 'workloads', 'view'],
  ['a single verb is something', [rule(['create'], ['tenant.kubesphere.io'], ['workspaces'])], 'workspaces', 'some'],
  [
    'reading and deleting is neither viewing nor managing',
    [rule(['get', 'list', 'watch', 'delete'], [''], ['nodes'])],
    'nodes',
    'some',
  ],
  ['a part of an area is not all of it', [rule(['*'], ['apps'], ['*'])], 'workloads', 'some'],
  ['another group is another thing', [rule(['*'], ['other.io'], ['users'])], 'users', 'none'],
];
for (const [what, rules, area, level] of cases) test(what, () => assert.equal(levelsOf(rules)[area], level));

test('a right to one object by its name is no right to an area', () =>
  assert.equal(levelsOf([{ ...rule(['*'], [''], ['nodes']), resourceNames: ['n1'] }])['nodes'], 'none'));

test('everything is everything', () => {
  assert.ok(isEverything([rule(['*'], ['*'], ['*'])]));
  assert.ok(!isEverything([rule(['*'], ['apps'], ['*'])]));
});

test('a rule as it is written', () =>
  assert.deepEqual(ruleTexts({ ...rule(['get'], ['apps', ''], ['deployments', 'pods']), resourceNames: ['a'] }), {
    what: 'deployments (apps), pods (apps)',
    names: 'a',
    verbs: 'get',
  }));
