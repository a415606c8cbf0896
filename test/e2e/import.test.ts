/** `orrery import kubesphere` as its user runs it: an installation of KubeSphere in one cluster, a fresh platform in another. */
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@orrery/client/resources';
import { orUndefined } from '@orrery/machinery/status';
import { platformResources } from '@orrery/platform-kinds';
import type { ImportReport } from '@orrery/platform-server/import';
import {
  fillInstallation,
  fourOne,
  oldPassword,
  threeFour,
  type Generation,
  type Installation,
} from '@orrery/platform-server/testing/kubesphere';
import { eventually } from './support/cluster.ts';
import { callerOf, orrery, startSimulated, type Caller, type SimulatedCluster } from './support/platform.ts';

const tenant = '/kapis/tenant.kubesphere.io/v1beta1';
const { loginrecords: _records, ...kept } = platformResources;
const { namespaces, resourcequotas, limitranges } = resources;
const followed = { ...kept, namespaces, resourcequotas, limitranges };

/** Names of all that an import could write. Kinds of a feature that is off are not there. */
async function contentOf({ admin }: SimulatedCluster): Promise<string[]> {
  const lists = await Promise.all(
    Object.entries(followed).map(async ([name, resource]) =>
      ((await orUndefined(admin.list(resource)))?.items ?? []).map(
        ({ metadata }) => `${name} ${metadata.namespace ?? ''} ${metadata.name}`,
      ),
    ),
  );
  return lists.flat().toSorted();
}

/** The same once nothing comes or goes any more: what a platform makes of what it finds follows in a moment. */
const settledContentOf = (cluster: SimulatedCluster): Promise<string[]> =>
  eventually('nothing comes or goes for a second', async () => {
    const before = await contentOf(cluster);
    await sleep(1000);
    return (await contentOf(cluster)).join() === before.join() && before;
  });

const written = ({ lines }: ImportReport) => lines.filter(({ action }) => action !== 'none');

/** Refuses new limit ranges, as a policy of the target may. */
async function refuseLimits({ admin }: SimulatedCluster): Promise<() => Promise<void>> {
  const group = 'admissionregistration.k8s.io';
  const apiVersion = `${group}/v1`;
  const policies = { group, version: 'v1', resource: 'validatingadmissionpolicies' };
  const bindings = { group, version: 'v1', resource: 'validatingadmissionpolicybindings' };
  const name = 'no-limits.example.com';
  const rule = { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['limitranges'] };
  await admin.create(policies, {
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicy', metadata: { name } },
    spec: {
      matchConstraints: { resourceRules: [rule] },
      validations: [{ expression: 'false', message: 'no limits here' }],
    },
  } as never);
  await admin.create(bindings, {
    ...{ apiVersion, kind: 'ValidatingAdmissionPolicyBinding', metadata: { name } },
    spec: { policyName: name, validationActions: ['Deny'] },
  } as never);
  const probe = { apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'probe' }, spec: { limits: [] } };
  await eventually('the policy holds', async () => {
    try {
      await admin.create(resources.limitranges, probe as never, { namespace: 'default' });
      await admin.delete(resources.limitranges, 'probe', { namespace: 'default' });
      return false;
    } catch (error) {
      return (error as Error).message.includes('no limits here');
    }
  });
  return async () => {
    await admin.delete(bindings, name);
    await admin.delete(policies, name);
  };
}

const generations: [Generation, () => Installation][] = [
  ['3.x', threeFour],
  ['4.x', fourOne],
];

for (const [generation, installation] of generations)
  describe(`KubeSphere ${generation}`, () => {
    let source: SimulatedCluster;
    let target: SimulatedCluster;
    let caller: Caller | undefined;
    const run = (...more: string[]) =>
      orrery('import', 'kubesphere', '--kubeconfig', source.kubeconfig, '--to-kubeconfig', target.kubeconfig, ...more);
    const reportOf = async (...more: string[]): Promise<ImportReport> => {
      const { code, stdout, stderr } = await run(...more, '-o', 'json');
      equal(code, 0, stderr);
      return JSON.parse(stdout) as ImportReport;
    };

    before(async () => {
      [source, target] = await Promise.all([startSimulated('--no-platform'), startSimulated()]);
      await fillInstallation(source.admin, generation, installation());
    });
    after(async () => {
      caller?.close();
      await Promise.allSettled([source?.remove(), target?.remove()]);
    });

    test('a dry run tells what would come, and writes nothing', async () => {
      const before = await settledContentOf(target);
      const { code, stdout, stderr } = await run('--dry-run');
      equal(code, 0, stderr);
      match(stdout, /^KIND +NAME +COMES +WHY\n/);
      match(stdout, /^User +ann +(as it is|changed)/m);
      match(stdout, /\d+ not brought; \d+ objects would be written \(nothing was\)\n$/);
      match(stderr, new RegExp(`reading KubeSphere ${generation}`));
      const report = await reportOf('--dry-run');
      equal(report.generation, generation);
      equal(report.dryRun, true);
      ok(written(report).length > 10);
      doesNotMatch(stdout + JSON.stringify(report), /\$2[aby]\$|Passw0rd/, 'no hash is told');
      deepEqual(await contentOf(target), before);
    });

    test('what the cluster refuses is told, ends the command with 1, and comes with the next run', async () => {
      const allow = await refuseLimits(target);
      const { code, stdout, stderr } = await run('-o', 'json');
      equal(code, 1, stderr);
      match(stderr, /the cluster refused \d+ objects: mend what it says and run this again/);
      const { failures } = JSON.parse(stdout) as ImportReport;
      ok(failures.length > 0);
      for (const { kind, why } of failures) {
        equal(kind, 'LimitRange');
        match(why, /no limits here/);
      }
      await allow();
      await eventually('the rest comes', async () => (await run()).code === 0);
      equal((await target.admin.list(resources.limitranges)).items.length, failures.length);
    });

    test('a second run finds nothing left to do', async () => {
      const before = await settledContentOf(target);
      const { code, stdout } = await run();
      equal(code, 0);
      match(stdout, /; 0 objects written\n$/);
      deepEqual(written(await reportOf()), []);
      deepEqual(await contentOf(target), before);
    });

    test('people log in at the new platform with their old passwords, and find their projects', async () => {
      caller = callerOf({ url: (await target.status()).console!, ca: target.ca });
      const { access_token: token } = await caller.tokens('ann', oldPassword);
      const names = await eventually('ann sees her project', async () => {
        const { status, body } = await caller!.call('GET', `${tenant}/workspaces/demo/namespaces`, { token });
        const { items = [] } = body as { items?: { metadata: { name: string } }[] };
        return status === 200 && items.length > 0 && items.map(({ metadata }) => metadata.name);
      });
      ok(names.includes('shop'));
      await eventually('ann works in it', async () => {
        const { status } = await caller!.call('GET', '/api/v1/namespaces/shop/secrets', { token });
        return status === 200;
      });
    });

    test('a file that is none and an output that nobody knows are refused before anything is read', async () => {
      const absent = await orrery('import', 'kubesphere', '--kubeconfig', `${source.folder}/none`);
      equal(absent.code, 2);
      match(absent.stderr, /name another file with --kubeconfig/);
      const bad = await orrery('import', 'kubesphere', '--kubeconfig', source.kubeconfig, '-o', 'xml');
      equal(bad.code, 2);
    });
  });

test('a cluster without KubeSphere is told so', async () => {
  const bare = await startSimulated('--no-platform');
  try {
    const { code, stdout, stderr } = await orrery('import', 'kubesphere', '--kubeconfig', bare.kubeconfig);
    equal(code, 1);
    equal(stdout, '');
    match(stderr, /there is no KubeSphere in that cluster/);
  } finally {
    await bare.remove();
  }
});
