/** Service accounts, their tokens, who may do what, and certificates. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createClient, impersonating } from '@orrery/client';
import { resources } from '@orrery/client/resources';
import { StatusError } from '@orrery/machinery/status';
import { discoverable, operations } from './support/lifecycle.ts';
import { area, at, conformance, eventually, listAt, type Thing } from './support/suite.ts';
import { podOf } from './support/workloads.ts';

const { certificatesigningrequests, configmaps, localsubjectaccessreviews, pods, serviceaccounts } = resources;
const { subjectaccessreviews, tokenreviews } = resources;

/** A certificate request for this name, PEM in base64. */
function certificateRequest(name: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-conformance-csr-'));
  try {
    const file = (end: string) => join(folder, end);
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', file('key')];
    execFileSync('openssl', ['req', '-new', ...key, '-subj', `/CN=${name}`, '-out', file('csr')], { stdio: 'ignore' });
    return readFileSync(file('csr')).toString('base64');
  } finally {
    rmSync(folder, { recursive: true });
  }
}

area('accounts', () => {
  conformance(
    '[sig-auth] ServiceAccounts should run through the lifecycle of a ServiceAccount [Conformance]',
    async c => {
      const { client, namespace, unique } = c;
      const labelSelector = `of=${unique}`;
      const follower = await c.follow(serviceaccounts, { namespace, labelSelector });
      await client.create(serviceaccounts, { metadata: { name: 'it', labels: { of: unique } } }, { namespace });
      await follower.until(({ type }) => type === 'ADDED', 'creation is seen');
      const patch = { automountServiceAccountToken: false };
      const patched = await client.patch<Thing>(serviceaccounts, 'it', 'strategic', patch, { namespace });
      assert.equal(patched.automountServiceAccountToken, false, 'the patch is in its answer');
      const { items } = await client.list<Thing>(serviceaccounts, { labelSelector });
      assert.deepEqual(
        items.map(({ metadata, automountServiceAccountToken }) => [metadata.name, automountServiceAccountToken]),
        [['it', false]],
        'it is listed with it',
      );
      await client.deleteCollection(serviceaccounts, { namespace, labelSelector });
      await follower.until(({ type }) => type === 'DELETED', 'deletion is seen');
    },
  );

  conformance('[sig-auth] ServiceAccounts should update a ServiceAccount [Conformance]', async c => {
    const { client, namespace } = c;
    await client.create(serviceaccounts, { metadata: { name: 'it' } }, { namespace });
    const updated = await eventually('updating succeeds', async () => {
      const current = await client.get<Thing>(serviceaccounts, 'it', { namespace });
      return client.update<Thing>(serviceaccounts, { ...current, automountServiceAccountToken: true }, { namespace });
    });
    assert.equal(updated.automountServiceAccountToken, true, 'with the new value');
  });

  conformance(
    '[sig-auth] ServiceAccounts should create a serviceAccountToken and ensure a successful TokenReview [Conformance]',
    async c => {
      const { client, namespace } = c;
      const account = await client.create<Thing>(serviceaccounts, { metadata: { name: 'it' } }, { namespace });
      const request: Thing = { metadata: {}, spec: {} };
      const place = { namespace, name: 'it', subresource: 'token' };
      const answer = await client.create<Thing>(serviceaccounts, request, place);
      const token = at(answer, 'status', 'token') as string;
      assert.ok(token.length > 0, 'there is a token');
      const review = await client.create<Thing>(tokenreviews, { metadata: {}, spec: { token } } as Thing);
      assert.equal(at(review, 'status', 'authenticated'), true, 'a review finds it good');
      assert.equal(at(review, 'status', 'error'), undefined, 'without an error');
      assert.equal(at(review, 'status', 'user', 'username'), `system:serviceaccount:${namespace}:it`, 'whose it is');
      assert.equal(at(review, 'status', 'user', 'uid'), account.metadata.uid, 'and which');
    },
  );

  conformance(
    '[sig-auth] ServiceAccounts should guarantee kube-root-ca.crt exist in any namespace [Conformance]',
    async c => {
      const { client, namespace } = c;
      const name = 'kube-root-ca.crt';
      const certificates = async () => at(await client.get(configmaps, name, { namespace }), 'data', 'ca.crt');
      const before = await eventually('the certificates are there by themselves', certificates);
      assert.match(String(before), /BEGIN CERTIFICATE/, 'as PEM');
      const { uid } = (await client.get(configmaps, name, { namespace })).metadata;
      await client.delete(configmaps, name, { namespace });
      await eventually('they come back when deleted', async () => {
        const again = await client.get(configmaps, name, { namespace });
        return again.metadata.uid !== uid;
      });
      await client.update(configmaps, { metadata: { name }, data: { 'ca.crt': '' } } as Thing, { namespace });
      await eventually('and are set right when modified', async () => (await certificates()) === before);
    },
  );

  conformance(
    '[sig-auth] ServiceAccounts should allow opting out of API token automount [Conformance]',
    async ({ client, namespace }) => {
      const accounts: Record<string, boolean | undefined> = { 'mount-default': undefined, mount: true, nomount: false };
      for (const [name, automountServiceAccountToken] of Object.entries(accounts)) {
        const account = {
          metadata: { name },
          ...(automountServiceAccountToken !== undefined && { automountServiceAccountToken }),
        };
        await client.create(serviceaccounts, account as Thing, { namespace });
      }
      const said = [undefined, true, false];
      for (const [serviceAccountName, ofAccount] of Object.entries(accounts)) {
        for (const ofPod of said) {
          const name = `${serviceAccountName}-${String(ofPod)}`;
          const own = ofPod === undefined ? {} : { automountServiceAccountToken: ofPod };
          const pod = await client.create(pods, podOf(name, { spec: { serviceAccountName, ...own } }), { namespace });
          const paths = listAt(pod, 'spec', 'containers', 0, 'volumeMounts').map(({ mountPath }) => mountPath);
          const expected = ofPod ?? ofAccount ?? true;
          assert.deepEqual(
            paths,
            expected ? ['/var/run/secrets/kubernetes.io/serviceaccount'] : [],
            `pod says ${String(ofPod)}, account says ${String(ofAccount)}: ${expected ? 'a' : 'no'} token is mounted`,
          );
        }
      }
    },
  );

  conformance('[sig-auth] SubjectReview should support SubjectReview API operations [Conformance]', async c => {
    const { client, namespace } = c;
    const account = await client.create<Thing>(serviceaccounts, { metadata: { name: 'it' } }, { namespace });
    const user = `system:serviceaccount:${namespace}:it`;
    const asAccount = createClient(impersonating(c.transport, { name: user, groups: [] }));
    const allowed = await asAccount.list(configmaps, { namespace }).then(
      () => true,
      (error: unknown) => {
        assert.ok(error instanceof StatusError && error.code === 403, 'the account is refused by name');
        return false;
      },
    );
    const resourceAttributes = { verb: 'list', resource: 'configmaps', namespace, version: 'v1' };
    const review: Thing = { metadata: {}, spec: { user, uid: account.metadata.uid, resourceAttributes } };
    const answer = await client.create<Thing>(subjectaccessreviews, review);
    assert.equal(at(answer, 'status', 'allowed'), allowed, 'a review says what the call of the account says');
    const local: Thing = { ...review, metadata: { namespace } };
    const localAnswer = await client.create<Thing>(localsubjectaccessreviews, local);
    assert.equal(at(localAnswer, 'status', 'allowed'), allowed, 'so does one of the namespace');
  });

  conformance(
    '[sig-auth] Certificates API [Privileged:ClusterAdmin] should support CSR API operations [Conformance]',
    async c => {
      const { client } = c;
      const resource = certificatesigningrequests;
      await discoverable(c, resource, 'approval', 'status');
      const request = certificateRequest('e2e.example.com');
      const root = await eventually('some certificate is at hand', () =>
        client.get(configmaps, 'kube-root-ca.crt', { namespace: c.namespace }),
      );
      const certificate = btoa(String(at(root, 'data', 'ca.crt')));
      const condition = (type: string, reason: string) => ({ type, status: 'True', reason, message: 'Set by a test' });
      await operations(c, {
        resource,
        make: () => ({
          spec: {
            ...{ request, signerName: 'example.com/e2e', expirationSeconds: 3600 },
            usages: ['digital signature', 'key encipherment', 'server auth'],
          },
        }),
        async between({ metadata: { name } }) {
          for (const subresource of ['approval', 'status']) {
            const place = { subresource };
            const allConditions = async () => listAt(await client.get(resource, name!, place), 'status', 'conditions');
            const conditions = async () => (await allConditions()).map(({ type }) => type);
            assert.ok(Array.isArray(await conditions()), `/${subresource} is read`);
            const type = subresource === 'approval' ? 'Approved' : 'Failed';
            await eventually(`/${subresource} is updated`, async () => {
              const current = structuredClone(await client.get<Thing>(resource, name!, place));
              const added = [...listAt(current, 'status', 'conditions'), condition(type, 'Updated')];
              current.status = { ...(current.status as object), conditions: added };
              return client.update(resource, current, place);
            });
            assert.ok((await conditions()).includes(type), `the update of /${subresource} is kept`);
            const status =
              subresource === 'approval'
                ? { conditions: [...(await allConditions()), condition('ApprovalPatch', 'Patched')] }
                : { certificate };
            const annotation = `patched${subresource}`;
            const patch = { metadata: { annotations: { [annotation]: 'true' } }, status };
            const patched = await client.patch<Thing>(resource, name!, 'merge', patch, place);
            assert.equal(patched.metadata.annotations?.[annotation], 'true', `/${subresource} is patched`);
            if (subresource === 'approval')
              assert.ok((await conditions()).includes('ApprovalPatch'), 'with the condition');
            else assert.equal(at(patched, 'status', 'certificate'), certificate, 'with the certificate');
          }
        },
      });
    },
  );
});
