/**
 * Pictures of the console: `node test/screenshots/index.ts --out FOLDER`, as root, on Debian with its packages (`./orrery test --only packages`).
 * Six pages of a real cluster, light and dark, English and Chinese: `overview-light-en.png` and so on.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { Page } from 'playwright-core';
import { settled, startBrowser, type Visitor } from '../e2e/support/browser.ts';
import { createCluster, eventually, startCluster, type Cluster } from '../e2e/support/cluster.ts';
import { busyboxImage } from '../e2e/support/images.ts';
import { callsOf, images, makePeopleAndProjects, manifest } from './sample.ts';

const password = 'Administrat0r';
const schemes = ['light', 'dark'] as const;
const locales = { en: 'en-GB', zh: 'zh-CN' } as const;

interface Shot {
  readonly name: string;
  readonly path: string;
  /** Brings the page to where it is worth a picture. */
  readonly ready?: (page: Page) => Promise<unknown>;
}

const shotsOf = (pod: string): readonly Shot[] => [
  { name: 'overview', path: '/' },
  { name: 'workspaces', path: '/workspaces' },
  { name: 'deployments', path: '/clusters/host/projects/shop/deployments?sort=name' },
  {
    name: 'logs',
    path: `/clusters/host/projects/shop/pods/${pod}?tab=logs`,
    ready: page => page.getByRole('log').getByText('GET /api/cart').first().waitFor(),
  },
  { name: 'terminal', path: `/clusters/host/projects/shop/pods/${pod}?tab=terminal`, ready: useTerminal },
  { name: 'nodes', path: '/clusters/host/nodes' },
];

async function useTerminal(page: Page): Promise<void> {
  const terminal = page.locator('.xterm-rows');
  await terminal.getByText('#').first().waitFor();
  await page.locator('.xterm textarea').focus();
  for (const [command, answer] of [
    ['hostname', 'storefront-'],
    ['nslookup checkout.shop.svc.cluster.local', '10.43.'],
    ['ls /', 'etc'],
  ] as const) {
    await page.keyboard.type(`${command}\n`);
    await terminal.getByText(answer).last().waitFor();
    await sleep(300);
  }
}

/** The cluster with everything that is to be seen. Returns where it is visited. */
async function prepare(cluster: Cluster): Promise<{ origin: string; firstPassword: string }> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-images-'));
  try {
    const printed = await startCluster(cluster);
    for (const image of images) {
      const { code, stderr } = await cluster.orrery('image', 'import', busyboxImage(folder, image));
      if (code !== 0) throw new Error(stderr);
    }
    return {
      origin: /Console (https:\/\/\S+) /.exec(printed)![1]!,
      firstPassword: /first log-in: admin with password (\S+)/.exec(printed)![1]!,
    };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function logIn({ page }: Visitor, firstPassword: string): Promise<void> {
  await page.goto('/login');
  await page.getByLabel('User name or e-mail').fill('admin');
  await page.getByLabel('Password', { exact: true }).fill(firstPassword);
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByLabel('Current password').fill(firstPassword);
  await page.getByLabel('New password', { exact: true }).fill(password);
  await page.getByLabel('New password once more').fill(password);
  await page.getByRole('button', { name: 'Set password' }).click();
  await page.getByRole('navigation', { name: 'Navigation' }).waitFor();
}

/** Until everything runs that will; returns the name of a pod. */
async function work(cluster: Cluster): Promise<string> {
  await cluster.kubectlWith(manifest(), 'apply', '-f', '-');
  for (const name of ['storefront', 'checkout', 'catalog', 'payments'])
    await cluster.kubectl('rollout', 'status', `deployment/${name}`, '--namespace=shop', '--timeout=60s');
  await eventually('one image is missing', async () =>
    (await cluster.kubectl('get', 'pods', '--namespace=shop', '--selector=app=recommendations')).includes('Image'),
  );
  return (
    await cluster.kubectl(
      ...['get', 'pods', '--namespace=shop', '--selector=app=storefront'],
      ...['-o', 'jsonpath={.items[0].metadata.name}'],
    )
  ).trim();
}

async function takeAll(out: string): Promise<void> {
  const cluster = createCluster();
  try {
    const { origin, firstPassword } = await prepare(cluster);
    const trust = readFileSync(join(cluster.dataDir, 'server/pki/apiserver.crt'), 'utf8');
    const browser = await startBrowser({ namespace: cluster.namespace, port: Number(new URL(origin).port), trust });
    try {
      const admin = await browser.visitor({ baseURL: origin });
      await logIn(admin, firstPassword);
      await makePeopleAndProjects(callsOf(admin.page));
      const shots = shotsOf(await work(cluster));
      const storageState = await admin.context.storageState();
      for (const colorScheme of schemes)
        for (const [language, locale] of Object.entries(locales)) {
          const visitor = await browser.visitor({ baseURL: origin, storageState, colorScheme, locale });
          for (const shot of shots) await take(visitor, shot, join(out, `${shot.name}-${colorScheme}-${language}.png`));
          await visitor.context.close();
        }
    } catch (error) {
      throw new Error(`pictures and logs until then: ${await browser.keepEvidence()}`, { cause: error });
    } finally {
      await browser.close();
    }
  } finally {
    await cluster.remove();
  }
}

async function take(visitor: Visitor, { path, ready }: Shot, file: string): Promise<void> {
  const { page } = visitor;
  await page.goto(path);
  await page.getByRole('heading', { level: 1 }).waitFor();
  await settled(visitor);
  await ready?.(page);
  await page.screenshot({ path: file, caret: 'hide' });
  process.stdout.write(`${file}\n`);
}

const { out } = parseArgs({ options: { out: { type: 'string' } } }).values;
if (out === undefined || process.getuid?.() !== 0) {
  process.stderr.write('usage, as root: node test/screenshots/index.ts --out FOLDER\n');
  process.exitCode = 2;
} else {
  mkdirSync(out, { recursive: true });
  await takeAll(resolve(out));
}
