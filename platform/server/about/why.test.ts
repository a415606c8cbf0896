import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Why } from '../access/explain.ts';
import { iam, startPeople, type People } from '../testing/people.ts';
import { startCluster, startPlatform, type TestCluster, type TestPlatform } from '../testing/platform.ts';

let cluster: TestCluster;
let platform: TestPlatform;
let people: People;

before(async () => {
  cluster = await startCluster();
  platform = await startPlatform(cluster);
  people = await startPeople(platform);
  for (const name of ['ann', 'bob', 'eve']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.project('ann', 'w1', 'p1');
  await people.invite('ann', 'w1', 'bob', 'w1-viewer');
});
after(async () => {
  await platform.close();
  await cluster.close();
});

const why = async (who: string, question: object): Promise<[boolean, Why | undefined]> => {
  const { answers } = await people.done(who, 'POST', `${iam}/accessreviews`, { questions: [question], why: true });
  const [{ allowed, why }] = answers as [{ allowed: boolean; why?: Why }];
  return [allowed, why];
};
const deletes = { verb: 'delete', group: 'apps', resource: 'deployments', namespace: 'p1' };

test('who may is told by which binding, who may not what comes nearest and what would do', async () => {
  const [reads, by] = await why('bob', { ...deletes, verb: 'list' });
  assert.equal(reads, true);
  assert.deepEqual([by!.binding!.source, by!.role], ['workspacerolebindings/bob-w1-viewer', 'w1-viewer']);
  const [may, miss] = await why('bob', deletes);
  assert.equal(may, false);
  assert.match(miss!.text, /the role "w1-viewer" in the project "p1" lets you get, list, watch this, not delete/);
  assert.deepEqual(miss!.roles, ['admin', 'operator']);
  const [makes, route] = await why('bob', { route: 'tenancy.createProject', path: { workspace: 'w1' } });
  assert.equal(makes, false);
  assert.deepEqual(route!.roles, ['w1-admin', 'w1-self-provisioner']);
});

test('a stranger is told nothing of the place', async () => {
  for (const question of [
    deletes,
    { ...deletes, namespace: 'p0' },
    { route: 'tenancy.createProject', path: { workspace: 'w1' } },
  ])
    assert.deepEqual(await why('eve', question), [
      false,
      { ground: 'nothing', text: 'no role of yours says anything about this' },
    ]);
});

test('reviews of others are for administrators', async () => {
  const review = (who: string, user: string) =>
    people.as(who, 'POST', `${iam}/subjectaccessreviews`, {
      spec: { user, resourceAttributes: { ...deletes, verb: 'list' } },
    });
  assert.deepEqual(((await review('admin', 'bob')).body['status'] as { allowed: boolean }).allowed, true);
  assert.deepEqual(((await review('admin', 'eve')).body['status'] as { allowed: boolean }).allowed, false);
  assert.equal((await review('bob', 'ann')).status, 403);
  assert.equal((await review('bob', 'bob')).status, 201);
  assert.equal((await review('admin', 'nobody')).status, 404);
});

test('administrators ask for others as those are told themselves, about workspaces too', async () => {
  const ask = (who: string, user: string, question: object) =>
    people.as(who, 'POST', `${iam}/accessreviews`, { questions: [question], why: true, user });
  const invites = { verb: 'create', resource: 'workspacemembers', workspace: 'w1' };
  const [answer] = (await ask('admin', 'bob', invites)).body['answers'] as [{ allowed: boolean; why: Why }];
  assert.deepEqual([answer.allowed, answer.why.role, answer.why.roles], [false, 'w1-viewer', ['w1-admin']]);
  assert.deepEqual(await why('bob', invites), [false, answer.why]);
  assert.equal((await why('ann', invites))[1]!.ground, 'granted');
  assert.equal((await ask('bob', 'ann', invites)).status, 403);
  assert.equal((await ask('bob', 'bob', invites)).status, 200);
  assert.equal((await ask('admin', 'nobody', invites)).status, 404);
});
