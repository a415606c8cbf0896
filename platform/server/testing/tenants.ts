/** Two workspaces of two managers, ann and dan, with a project each, and people who are in none of them: for tests of roles. */
import { after } from 'node:test';
import { startPeople, type People } from './people.ts';
import { startCluster, startPlatform, type TestCluster } from './platform.ts';

export interface TestTenants {
  readonly cluster: TestCluster;
  readonly people: People;
  /** What a list of calls answers, e.g. `200 403`. */
  statuses(who: string, ...targets: string[]): Promise<string>;
  /** Ends the platform, does that to its cluster, and starts it again; everybody logs in there. */
  restart(meanwhile: () => Promise<void>): Promise<void>;
}

/** In `w1`, ann's, is project `p1` with a config map `c` and a secret `s`; in `w2`, dan's, is `p2`. Ends after the tests of the file. */
export async function startTenants(): Promise<TestTenants> {
  const cluster = await startCluster();
  let platform = await startPlatform(cluster);
  after(async () => {
    await platform.close();
    await cluster.close();
  });
  const people = await startPeople(platform);
  for (const name of ['ann', 'ben', 'cat', 'dan', 'eve']) await people.create(name);
  await people.workspace('w1', 'ann');
  await people.workspace('w2', 'dan');
  await people.project('ann', 'w1', 'p1');
  await people.project('dan', 'w2', 'p2');
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/configmaps', { metadata: { name: 'c' } });
  await people.done('ann', 'POST', '/api/v1/namespaces/p1/secrets', { metadata: { name: 's' } });
  return {
    cluster,
    people,
    statuses: async (who, ...targets) =>
      (await Promise.all(targets.map(target => people.status(who, 'GET', target)))).join(' '),
    async restart(meanwhile) {
      await platform.close();
      await meanwhile();
      platform = await startPlatform(cluster);
      await people.moveTo(platform);
    },
  };
}

/** What a role made of these templates says. */
export const made = (...templateNames: string[]) => ({ aggregationRoleTemplates: { templateNames } });
