/** Another cluster, in Chromium: imported by its kubeconfig, opened to a workspace, worked in, and let go of with its work. */
import { deepEqual } from 'node:assert/strict';
import { chmodSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before } from 'node:test';
import { seriousProblems, startBrowser, type BrowserUnderTest, type Visitor } from './support/browser.ts';
import { createCluster, eventually, launcher, startCluster, type Cluster } from './support/cluster.ts';
import { choosePassword, createSteps, headingOn, logIn } from './support/console.ts';

const password = 'Chosen-by-0neself';
const config = `
apiVersion: v1
kind: ConfigMap
metadata: {name: kubesphere-config, namespace: kubesphere-system}
data: {kubesphere.yaml: "egress: {allow: [127.0.0.1/32]}"}
`;

let cluster: Cluster;
/** The other cluster's, in the same network. */
let folder: string;
let browser: BrowserUnderTest;
let firstPassword: string;
let admin: Visitor;
const step = createSteps(() => browser);
const other = (...args: string[]) => cluster.inside(launcher, ...args, '--data-dir', folder);

before(async () => {
  cluster = createCluster();
  folder = mkdtempSync(join(tmpdir(), 'orrery-e2e-east-'));
  // The server is an unprivileged user.
  chmodSync(folder, 0o755);
  const printed = await startCluster(cluster, '--simulate', '1');
  const origin = /Console (https:\/\/\S+) /.exec(printed)![1]!;
  firstPassword = /first log-in: admin with password (\S+)/.exec(printed)![1]!;
  const { code, stderr } = await other('up', '--detach', '--simulate', '2', '--no-platform', '--port', '0');
  if (code !== 0) throw new Error(`the other cluster did not start: ${stderr}`);
  await cluster.kubectlWith(config, 'apply', '-f', '-');
  const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
  browser = await startBrowser({ namespace: cluster.namespace, port: Number(new URL(origin).port), trust });
  admin = await browser.visitor({ baseURL: origin });
});

after(async () => {
  await browser?.close();
  if (cluster && folder) await other('reset', '--yes');
  await cluster?.remove();
  if (folder) rmSync(folder, { recursive: true, force: true });
});

step('a cluster is imported by its kubeconfig, after a look at it', async () => {
  const { page } = admin;
  await page.goto('/clusters');
  await logIn(page, 'admin', firstPassword);
  await choosePassword(page, firstPassword, password);
  await headingOn(page, 'Clusters').waitFor();
  await page.getByRole('button', { name: 'Import cluster' }).click();
  const dialog = page.getByRole('dialog', { name: 'Import cluster' });
  await dialog.getByLabel('Name', { exact: true }).fill('east');
  await dialog.getByLabel('Kubeconfig').fill('apiVersion: v1');
  await dialog.getByRole('button', { name: 'Test connection' }).click();
  await dialog.getByText(/it has no current-context/).waitFor();
  await dialog.getByLabel('Kubeconfig').fill(readFileSync(join(folder, 'kubeconfig'), 'utf8'));
  // What may be connected to is heard of a moment after it was written.
  await eventually('the connection works', async () => {
    await dialog.getByRole('button', { name: 'Test connection' }).click();
    const answer = dialog.getByText(/^Kubernetes v\S+ answers\.$|is not taken|no usable answer/);
    await answer.first().waitFor();
    return (await dialog.getByText(/answers\.$/).count()) > 0;
  });
  deepEqual(await seriousProblems(page), []);
  await dialog.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('row', { name: /^east Ready v\S+ 2 / }).waitFor();
});

step('it is opened to a workspace, which makes a project there', async () => {
  const { page } = admin;
  const workspace = {
    apiVersion: 'tenant.kubesphere.io/v1beta1',
    kind: 'WorkspaceTemplate',
    metadata: { name: 'acme' },
  };
  const spec = { template: { spec: { manager: 'admin' } } };
  await cluster.kubectlWith(JSON.stringify({ ...workspace, spec }), 'apply', '-f', '-');
  await page.goto('/clusters/east/settings');
  await page.getByLabel('acme').click();
  await page.getByText('east is open to acme').waitFor();
  deepEqual(await seriousProblems(page), []);
  await page.goto('/workspaces/acme/projects?do=create');
  const dialog = page.getByRole('dialog', { name: 'Create project' });
  await dialog.getByLabel('Cluster').selectOption('east');
  await dialog.getByLabel('Name', { exact: true }).fill('shop');
  await dialog.getByRole('button', { name: 'Create' }).click();
  await dialog.waitFor({ state: 'hidden' });
  await page.getByLabel('Cluster').selectOption('east');
  await page.getByRole('link', { name: 'shop' }).click();
  await headingOn(page, 'shop').waitFor();
  await page.goto('/clusters/east/projects/shop/configmaps');
  await page.getByRole('row', { name: /kube-root-ca\.crt/ }).waitFor();
});

step('removed, it keeps its work', async () => {
  const { page } = admin;
  await page.goto('/clusters');
  await page.getByRole('row', { name: /^east/ }).getByRole('button').last().click();
  await page.getByRole('menuitem', { name: 'Remove cluster' }).click();
  const dialog = page.getByRole('dialog');
  await dialog.getByRole('textbox').fill('east');
  await dialog.getByRole('button', { name: 'Delete' }).click();
  await page.getByRole('row', { name: /^east/ }).waitFor({ state: 'hidden' });
  const kubectl = await cluster.inside(
    ...[cluster.kubectlPath, '--kubeconfig', join(folder, 'kubeconfig'), 'get', 'namespace', 'shop', '-o', 'name'],
  );
  deepEqual(kubectl.stdout.trim(), 'namespace/shop');
  deepEqual(admin.watch.unlimited(), []);
});
