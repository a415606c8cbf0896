/** `/healthz`, `/livez`, `/readyz` and `/metrics` of a manager, in the form of apiserver's `healthz`. */
import { textAnswer, type Handler, type Response } from '@orrery/http';
import type { Log } from '@orrery/machinery/log';

/** What is wrong; undefined when nothing is. A rejection is wrong too. */
export type Check = () => string | undefined | Promise<string | undefined>;

export type Checks = Readonly<Record<string, Check>>;

export interface HealthOptions {
  readonly live: Checks;
  readonly ready: Checks;
  /** The text of `/metrics`; absent: 404. */
  readonly metrics?: () => string;
  readonly log: Log;
}

const ping: Checks = { ping: () => undefined };

/**
 * Answers each group under its path and each check under `<group>/<check>`; `?verbose` names the checks that passed, `?exclude=<check>` leaves one out. Why a
 * check failed is logged, not told.
 */
export function healthHandler({ live, ready, metrics, log }: HealthOptions): Handler {
  const groups = new Map([
    ['healthz', { ...ping, ...live }],
    ['livez', { ...ping, ...live }],
    ['readyz', { ...ping, ...ready }],
  ]);
  return async ({ target }) => {
    const { pathname, searchParams } = new URL(target, 'http://localhost');
    const [group = '', name, ...more] = pathname.slice(1).split('/');
    if (group === 'metrics' && metrics && name === undefined) {
      return { ...textAnswer(200, metrics()), headers: { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' } };
    }
    const checks = groups.get(group);
    if (!checks || more.length > 0 || (name && !Object.hasOwn(checks, name))) return textAnswer(404, 'not found\n');
    const excluded = searchParams.getAll('exclude');
    const chosen = Object.entries(checks).filter(([check]) => (name ? check === name : !excluded.includes(check)));
    return answer(group, Object.fromEntries(chosen), searchParams.has('verbose'), log);
  };
}

async function answer(group: string, checks: Checks, verbose: boolean, log: Log): Promise<Response> {
  const lines: string[] = [];
  let failed = false;
  for (const [name, check] of Object.entries(checks)) {
    const problem = await verdict(check);
    if (problem === undefined) {
      lines.push(`[+]${name} ok`);
      continue;
    }
    failed = true;
    log.debug('health check failed', { group, check: name, problem });
    lines.push(`[-]${name} failed: reason withheld`);
  }
  if (failed) return textAnswer(500, `${lines.join('\n')}\n${group} check failed\n`);
  return textAnswer(200, verbose ? `${lines.join('\n')}\n${group} check passed\n` : 'ok');
}

async function verdict(check: Check): Promise<string | undefined> {
  try {
    return await check();
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
