/** Rows 20 to 24 of an installation of KubeSphere that is brought over: by the command, from a cluster of its own, into the platform of the suite. */
import { deepEqual, doesNotMatch, equal, match, ok } from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { resources } from '@orrery/client/resources';
import { orUndefined } from '@orrery/machinery/status';
import { platformResources } from '@orrery/platform-kinds';
import type { ImportReport } from '@orrery/platform-server/import';
import {
  fillInstallation,
  fourOne,
  oldPassword,
  renamed,
  threeFour,
  type Generation,
  type Installation,
} from '@orrery/platform-server/testing/kubesphere';
import { eventually } from '../../e2e/support/cluster.ts';
import { orrery, startSimulated, type SimulatedCluster } from '../../e2e/support/platform.ts';
import { iam, namesIn, tenant, type Rows, type Suite } from '../support/suite.ts';

const { loginrecords: _records, ...kept } = platformResources;
const { configmaps, limitranges, namespaces, resourcequotas } = resources;
const followed = { ...kept, namespaces, resourcequotas, limitranges };
const system = { namespace: 'kubesphere-system' };

/** Names of all that an import could write and that bear this ending. Kinds of a feature that is off are not there. */
async function broughtTo({ platform }: Suite, ending: string): Promise<string[]> {
  const lists = await Promise.all(
    Object.entries(followed).map(async ([kind, resource]) =>
      ((await orUndefined(platform.admin.list(resource)))?.items ?? []).map(
        ({ metadata }) => `${kind} ${metadata.namespace ?? ''} ${metadata.name}`,
      ),
    ),
  );
  return lists
    .flat()
    .filter(name => name.includes(ending))
    .toSorted();
}

/** The same once nothing comes or goes any more: what a platform makes of what it finds follows in a moment. */
const settled = (suite: Suite, ending: string): Promise<string[]> =>
  eventually('nothing comes or goes for a second', async () => {
    const before = await broughtTo(suite, ending);
    await sleep(1000);
    return (await broughtTo(suite, ending)).join() === before.join() && before;
  });

/** What the importer remembers, and in which revision. */
const remembered = async ({ platform }: Suite): Promise<string> => {
  const { items } = await platform.admin.list(configmaps, { ...system, labelSelector: 'platform.orrery.io/import' });
  return JSON.stringify(items.map(({ metadata, ...rest }) => [metadata.name, metadata.resourceVersion, rest]));
};

const written = ({ lines }: ImportReport) => lines.filter(({ action }) => action !== 'none');
const lineOf = ({ lines }: ImportReport, kind: string, name: string) =>
  lines.find(line => line.kind === kind && line.name === name);

/** Refuses new limit ranges, as a policy of the target may. */
async function refuseLimits({ platform: { admin } }: Suite, name: string): Promise<() => Promise<void>> {
  const group = 'admissionregistration.k8s.io';
  const apiVersion = `${group}/v1`;
  const policies = { group, version: 'v1', resource: 'validatingadmissionpolicies' };
  const bindings = { group, version: 'v1', resource: 'validatingadmissionpolicybindings' };
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
      await admin.create(limitranges, probe as never, { namespace: 'default' });
      await admin.delete(limitranges, 'probe', { namespace: 'default' });
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

interface Run {
  readonly suite: Suite;
  readonly generation: Generation;
  readonly ending: string;
  readonly run: (...more: string[]) => ReturnType<typeof orrery>;
  readonly reportOf: (...more: string[]) => Promise<ImportReport>;
}

function runOf(suite: Suite, generation: Generation, ending: string, source: SimulatedCluster): Run {
  const from = ['--kubeconfig', source.kubeconfig, '--to-kubeconfig', suite.platform.kubeconfig];
  const run: Run['run'] = (...more) => orrery('import', 'kubesphere', ...from, ...more);
  const reportOf: Run['reportOf'] = async (...more) => {
    const { code, stdout, stderr } = await run(...more, '-o', 'json');
    equal(code, 0, stderr);
    return JSON.parse(stdout) as ImportReport;
  };
  return { suite, generation, ending, run, reportOf };
}

/** A dry run tells what would come and what cannot, and writes nothing. */
async function tells({ suite, generation, ending, run, reportOf }: Run): Promise<void> {
  const before = await remembered(suite);
  const { code, stdout, stderr } = await run('--dry-run');
  equal(code, 0, stderr);
  match(stdout, /^KIND +NAME +COMES +WHY\n/);
  match(stdout, new RegExp(`^User +ann${ending} +(as it is|changed)`, 'm'));
  match(stdout, /\d+ not brought; \d+ objects would be written \(nothing was\)\n$/);
  match(stderr, new RegExp(`reading KubeSphere ${generation}`));
  const report = await reportOf('--dry-run');
  equal(report.generation, generation);
  equal(report.dryRun, true);
  ok(written(report).length > 10);
  match(lineOf(report, 'User', 'admin')!.why, /another one is here/);
  match(lineOf(report, 'LoginRecord', '(1)')!.why, /recorded anew/);
  match(lineOf(report, 'Cluster', '(1)')!.why, /joined again/);
  match(lineOf(report, 'IdentityProvider', 'staff')!.why, /1 account/);
  match(lineOf(report, 'Workload', '(in 2 projects)')!.why, /backups/);
  doesNotMatch(stdout + JSON.stringify(report), /\$2[aby]\$|Passw0rd/, 'no hash is told');
  deepEqual(await broughtTo(suite, ending), []);
  equal(await remembered(suite), before);
}

/** What the cluster refuses is told, ends the command with 1, and comes with the next run; the one after that finds nothing left to do. */
async function comes({ suite, ending, run, reportOf }: Run): Promise<void> {
  const allow = await refuseLimits(suite, `no-limits${ending}.example.com`);
  const { code, stdout, stderr } = await run('-o', 'json');
  await allow();
  equal(code, 1, stderr);
  match(stderr, /the cluster refused 1 objects: mend what it says and run this again/);
  const { failures } = JSON.parse(stdout) as ImportReport;
  deepEqual(
    failures.map(({ kind, name }) => `${kind} ${name}`),
    [`LimitRange shop${ending}/shop${ending}`],
  );
  match(failures[0]!.why, /no limits here/);
  await eventually('the rest comes', async () => (await run()).code === 0);
  const before = await settled(suite, ending);
  ok(before.includes(`limitranges shop${ending} shop${ending}`));
  const ledger = await remembered(suite);
  match((await run()).stdout, /; 0 objects written\n$/);
  deepEqual(written(await reportOf()), []);
  equal(await remembered(suite), ledger);
}

/** People log in with their old passwords and find what was theirs; who was shut out stays so. */
async function serves({ suite, ending }: Run): Promise<void> {
  const { as, caller, done, logIn } = suite;
  const [ann, bob, lea, demo, shop, ci] = ['ann', 'bob', 'lea', 'demo', 'shop', 'ci'].map(name => `${name}${ending}`);
  await logIn(ann!, oldPassword);
  await logIn(lea!, oldPassword);
  const form = { grant_type: 'password', client_id: 'kubesphere', client_secret: 'kubesphere', username: bob! };
  equal((await caller.call('POST', '/oauth/token', { form: { ...form, password: oldPassword } })).status, 400);
  const sees = (who: string, target: string, name: string) =>
    eventually(`${who} sees ${name}`, async () => {
      const { status, body } = await as(who, 'GET', target);
      return status === 200 && namesIn(body).includes(name);
    });
  await sees(ann!, `${tenant}/workspaces/${demo}/namespaces`, shop!);
  await sees(ann!, `${iam}/namespaces/${shop}/members`, bob!);
  await sees(ann!, `${iam}/workspaces/${demo}/groups`, `developers${ending}`);
  await sees(lea!, `/kapis/devops.kubesphere.io/v1alpha3/workspaces/${demo}/devops`, ci!);
  await eventually(`${ann} works in ${shop}`, async () => {
    return (await as(ann!, 'GET', `/api/v1/namespaces/${shop}/secrets`)).status === 200;
  });
  equal((await as(lea!, 'GET', `/api/v1/namespaces/${shop}/secrets`)).status, 403);
  const quota = await done(ann!, 'GET', `${tenant}/workspaces/${demo}/resourcequotas/${demo}`);
  match(JSON.stringify(quota), /"limits\.cpu":"8"/);
}

const generations: readonly (readonly [Generation, string, () => Installation])[] = [
  ['3.x', '-k3', threeFour],
  ['4.x', '-k4', fourOne],
];

export const importer: Rows = row => {
  for (const [generation, ending, installation] of generations)
    row(23, `the tenants of KubeSphere ${generation} are brought over`, async (suite, context) => {
      const source = await startSimulated('--no-platform');
      context.after(() => source.remove());
      await fillInstallation(source.admin, generation, renamed(installation(), ending));
      const run = runOf(suite, generation, ending, source);
      await tells(run);
      await comes(run);
      await serves(run);
    });

  row(23, 'a file that is none and an output that nobody knows are refused before anything is read', async suite => {
    const { kubeconfig } = suite.platform;
    const absent = await orrery('import', 'kubesphere', '--kubeconfig', `${kubeconfig}.none`);
    equal(absent.code, 2);
    match(absent.stderr, /name another file with --kubeconfig/);
    equal((await orrery('import', 'kubesphere', '--kubeconfig', kubeconfig, '-o', 'xml')).code, 2);
  });
};
