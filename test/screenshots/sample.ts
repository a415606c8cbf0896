/** What the pictures show: a small company, made through the API as its people would. */
import type { Page } from 'playwright-core';

const iam = '/kapis/iam.kubesphere.io/v1beta1';
const tenant = '/kapis/tenant.kubesphere.io/v1beta1';

/** Images that are made of busybox under these names. */
export const images = ['storefront:2.4.1', 'checkout:1.9.0', 'catalog:3.2.0', 'payments:1.1.3', 'reports:0.8.2'].map(
  image => `docker.io/shop/${image}`,
);

const password = 'Sample-Passw0rd';

const people = [
  ['lin', 'lin@example.org', 'platform-self-provisioner'],
  ['maria', 'maria@example.org', 'platform-regular'],
  ['samir', 'samir@example.org', 'platform-regular'],
] as const;

const workspaces = [
  ['online-shop', 'Online shop', 'Storefront, checkout and everything that customers see'],
  ['data', 'Data', 'Reports and the jobs that make them'],
  ['tools', 'Tools', 'What the teams themselves work with'],
] as const;

const projects = [
  ['online-shop', 'shop', 'Shop'],
  ['online-shop', 'shop-staging', 'Shop, before a release'],
  ['data', 'reports', 'Reports'],
] as const;

type Call = (method: string, path: string, body: unknown) => Promise<void>;

/** Calls of the page's own, with the session of who is logged in. */
export const callsOf =
  (page: Page): Call =>
  async (method, path, body) => {
    const given = JSON.stringify({
      method,
      body: JSON.stringify(body),
      headers: { 'content-type': 'application/json' },
    });
    const answer = await page.evaluate(
      `fetch(${JSON.stringify(path)}, ${given}).then(async answer => answer.ok ? '' : answer.status + ' ' + await answer.text())`,
    );
    if (answer !== '') throw new Error(`${method} ${path}: ${String(answer)}`);
  };

export async function makePeopleAndProjects(call: Call): Promise<void> {
  for (const [name, email, role] of people) {
    const annotations = { 'iam.kubesphere.io/globalrole': role };
    await call('POST', `${iam}/users`, { metadata: { name, annotations }, spec: { email, password } });
  }
  const notes = (alias: string, description?: string) => ({
    'kubesphere.io/alias-name': alias,
    ...(description && { 'kubesphere.io/description': description }),
  });
  for (const [name, alias, description] of workspaces)
    await call('POST', `${tenant}/workspaces`, {
      metadata: { name, annotations: notes(alias, description) },
      spec: {},
    });
  for (const [workspace, name, alias] of projects)
    await call('POST', `${tenant}/workspaces/${workspace}/namespaces`, {
      metadata: { name, annotations: notes(alias) },
    });
  const members = people.slice(1).map(([username]) => ({ username, roleRef: 'online-shop-viewer' }));
  await call('POST', `${iam}/workspaces/online-shop/workspacemembers`, members);
}

/** Writes a line for every request that there might have been. */
const serving = `
n=0
while true; do
  n=$((n + 1))
  case $((n % 4)) in
    0) echo "GET /api/cart 200 $((n % 17 + 3)) ms session=$((n * 7919 % 9000 + 1000))" ;;
    1) echo "GET /products/$((n * 31 % 400)) 200 $((n % 23 + 5)) ms" ;;
    2) echo "POST /api/cart 201 $((n % 29 + 8)) ms session=$((n * 7919 % 9000 + 1000))" ;;
    3) echo "GET /assets/main.css 304 1 ms" ;;
  esac
  sleep 0.4
done`;

interface Work {
  readonly namespace: string;
  readonly name: string;
  readonly image: string;
  readonly replicas: number;
}

const works: readonly Work[] = [
  { namespace: 'shop', name: 'storefront', image: 'shop/storefront:2.4.1', replicas: 3 },
  { namespace: 'shop', name: 'checkout', image: 'shop/checkout:1.9.0', replicas: 2 },
  { namespace: 'shop', name: 'catalog', image: 'shop/catalog:3.2.0', replicas: 2 },
  { namespace: 'shop', name: 'payments', image: 'shop/payments:1.1.3', replicas: 1 },
  // Nobody has made this one: not everything is well in a picture either.
  { namespace: 'shop', name: 'recommendations', image: 'shop/recommendations:0.1.0', replicas: 1 },
  { namespace: 'shop-staging', name: 'storefront', image: 'shop/storefront:2.4.1', replicas: 1 },
  { namespace: 'reports', name: 'reports', image: 'shop/reports:0.8.2', replicas: 1 },
];

const objectsOf = ({ namespace, name, image, replicas }: Work): readonly object[] => {
  const labels = { app: name };
  const container = {
    ...{
      name,
      image,
      imagePullPolicy: 'IfNotPresent',
      command: ['sh', '-c', serving],
      ports: [{ containerPort: 8080 }],
    },
    env: [{ name: 'SHOP_REGION', value: 'eu-central' }],
    resources: { requests: { cpu: '20m', memory: '16Mi' }, limits: { cpu: '200m', memory: '64Mi' } },
  };
  const template = { metadata: { labels }, spec: { terminationGracePeriodSeconds: 1, containers: [container] } };
  return [
    {
      ...{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name, labels } },
      spec: { replicas, selector: { matchLabels: labels }, template },
    },
    {
      ...{ apiVersion: 'v1', kind: 'Service', metadata: { namespace, name, labels } },
      spec: { selector: labels, ports: [{ port: 80, targetPort: 8080 }] },
    },
  ];
};

/** For `kubectl apply`. */
export const manifest = (): string =>
  JSON.stringify({ apiVersion: 'v1', kind: 'List', items: works.flatMap(objectsOf) });
