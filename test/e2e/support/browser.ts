/** Chromium as a user has it, with a new profile, and somebody who watches what goes on in it. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { createHash, X509Certificate } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type BrowserContextOptions, type Page } from 'playwright-core';
import { createNamespace } from './cluster.ts';
import { watchContext, type Watch } from './watch.ts';

export interface Visitor {
  readonly context: BrowserContext;
  readonly watch: Watch;
  /** The first of the context's pages. */
  readonly page: Page;
}

export interface BrowserUnderTest {
  /** Somebody new: no cookies, no settings. English and light unless told otherwise. */
  visitor(options?: BrowserContextOptions): Promise<Visitor>;
  /** Pictures of all open pages and what was said in them; returns the folder. */
  keepEvidence(): Promise<string>;
  close(): Promise<void>;
}

const flags = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** How long a page may take to show what is waited for, on a busy machine too. */
const patienceMs = 60_000;

export interface BrowserOptions {
  /** The network namespace of what is visited. */
  readonly namespace: string;
  /** What is visited, at the same port of loopback. */
  readonly port: number;
  /** Other ports of loopback there that pages lead to. */
  readonly more?: readonly number[];
  /** PEM of the certificate that it shows. Then pages are as good as any: what may be kept is kept. */
  readonly trust: string;
}

/**
 * Starts Debian's Chromium in a network namespace of its own: it breaks off all connections whenever a network device comes or goes, as
 * they do with every pod.
 */
export async function startBrowser({ namespace, port, more = [], trust }: BrowserOptions): Promise<BrowserUnderTest> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-browser-'));
  const own = `${namespace}-browser`;
  const inside = createNamespace(own).join(' ');
  // Addresses of version 6 become usable a second later by themselves: that counts as a change, too.
  const version6 = '/proc/sys/net/ipv6/conf/all/disable_ipv6';
  execFileSync('nsenter', [inside, 'sh', '-c', `[ ! -e ${version6} ] || echo 1 >${version6}`]);
  const relays: ChildProcess[] = [];
  for (const each of [port, ...more]) {
    const socket = join(folder, `socket-${each}`);
    relays.push(await startRelay(`--net=/run/netns/${namespace}`, socket, String(each)));
    relays.push(await startRelay(inside, String(each), socket));
  }
  const executablePath = join(folder, 'chromium');
  writeFileSync(executablePath, `#!/bin/sh\nexec nsenter ${inside} /usr/bin/chromium "$@"\n`, { mode: 0o755 });
  const home = { HOME: folder, XDG_CONFIG_HOME: folder, XDG_CACHE_HOME: folder };
  const browser = await chromium.launch({
    executablePath,
    headless: true,
    timeout: 2 * patienceMs,
    args: [...flags, `--ignore-certificate-errors-spki-list=${keyHash(trust)}`],
    env: { ...(process.env as Record<string, string>), ...home },
  });
  const visitors: Visitor[] = [];
  return {
    async visitor(options) {
      const context = await browser.newContext({
        reducedMotion: 'reduce',
        colorScheme: 'light',
        locale: 'en-GB',
        timezoneId: 'UTC',
        viewport: { width: 1280, height: 800 },
        ...options,
      });
      context.setDefaultTimeout(patienceMs);
      const watch = await watchContext(context);
      const visitor = { context, watch, page: await context.newPage() };
      visitors.push(visitor);
      return visitor;
    },
    async keepEvidence() {
      const kept = mkdtempSync(join(tmpdir(), 'orrery-evidence-'));
      for (const [index, { context, watch }] of visitors.entries()) {
        writeFileSync(join(kept, `visitor-${index}.log`), watch.log().join('\n'));
        for (const [number, page] of context.pages().entries())
          await page.screenshot({ path: join(kept, `visitor-${index}-page-${number}.png`) }).catch(() => {});
      }
      return kept;
    },
    async close() {
      await browser.close();
      await Promise.all(relays.map(stop));
      execFileSync('ip', ['netns', 'del', own]);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

async function startRelay(net: string, from: string, to: string): Promise<ChildProcess> {
  const program = join(import.meta.dirname, 'relay.ts');
  const relay = spawn('nsenter', [net, process.execPath, program, from, to], { stdio: ['ignore', 'pipe', 'inherit'] });
  await new Promise((resolve, reject) => {
    relay.stdout.once('data', resolve);
    relay.once('exit', code => reject(new Error(`the relay to ${to} ended with ${code}`)));
  });
  return relay;
}

function stop(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    child.removeAllListeners('exit').once('exit', () => resolve());
    child.kill();
  });
}

const keyHash = (pem: string): string =>
  createHash('sha256')
    .update(new X509Certificate(pem).publicKey.export({ type: 'spki', format: 'der' }))
    .digest('base64');

const axe = readFileSync(fileURLToPath(import.meta.resolve('axe-core/axe.min.js')), 'utf8');

interface Violation {
  readonly id: string;
  readonly impact: string;
  readonly nodes: readonly { readonly target: readonly string[]; readonly failureSummary?: string }[];
}

/** What axe finds serious or critical on the page as it stands. */
export async function seriousProblems(page: Page): Promise<string[]> {
  if (!(await page.evaluate('"axe" in window'))) await page.evaluate(axe);
  const { violations } = (await page.evaluate('axe.run({ resultTypes: ["violations"] })')) as {
    violations: Violation[];
  };
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .flatMap(({ id, nodes }) =>
      nodes.map(({ target, failureSummary = '' }) => `${id} at ${target.join(' ')}: ${failureSummary}`),
    );
}

/** Resolves when none of the context's pages has asked for anything for `quietMs`. */
export async function settled({ watch }: Visitor, quietMs = 700): Promise<void> {
  const deadline = Date.now() + patienceMs;
  for (let seen = -1, since = 0; Date.now() < deadline; await sleep(50)) {
    const now = watch.requests().length;
    if (now !== seen) [seen, since] = [now, Date.now()];
    else if (Date.now() - since >= quietMs && watch.underWay() === 0) return;
  }
  throw new Error(`the pages never rest; the last they asked for: ${watch.requests().slice(-3).join(', ')}`);
}

/** What all pages of the visitor ask for while nobody touches them. */
export async function askedWhileIdle({ watch }: Visitor, durationMs: number): Promise<readonly string[]> {
  const before = watch.requests().length;
  await sleep(durationMs);
  return watch.requests().slice(before);
}
