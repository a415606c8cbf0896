/** `/healthz`, `/livez` and `/readyz`: named checks, each answering by itself too (apiserver `healthz`). */
import type { Response } from '@orrery/http';
import { textAnswer } from '@orrery/http';
import type { RequestContext } from '../chain/context.ts';

export interface HealthCheck {
  readonly name: string;
  /** Why not, or undefined when well. Cheap: probes come every second. */
  check(): string | undefined;
}

export interface HealthChecks {
  readonly healthz: readonly HealthCheck[];
  readonly livez: readonly HealthCheck[];
  readonly readyz: readonly HealthCheck[];
}

const notFoundText = (): Response => textAnswer(404, '404 page not found\n');

/** Undefined for any other path. */
export function answerHealth(context: RequestContext, checks: HealthChecks): Response | undefined {
  const [, kind, ...rest] = context.info.path.split('/');
  if (kind !== 'healthz' && kind !== 'livez' && kind !== 'readyz') return undefined;
  const name = rest.join('/');
  if (name !== '') {
    const found = checks[kind].find(check => check.name === name);
    if (found === undefined) return notFoundText();
    const problem = found.check();
    return problem === undefined ? plain(200, 'ok') : plain(500, `internal server error: ${problem}\n`);
  }
  const excluded = new Set(context.query.all('exclude'));
  const lines: string[] = [];
  let well = true;
  for (const check of checks[kind]) {
    const skipped = excluded.delete(check.name);
    const problem = skipped ? undefined : check.check();
    well &&= problem === undefined;
    if (skipped) lines.push(`[+]${check.name} excluded: ok`);
    // Reasons may hold what only operators may see: they are in the log and under the check's own path.
    else lines.push(problem === undefined ? `[+]${check.name} ok` : `[-]${check.name} failed: reason withheld`);
  }
  if (excluded.size > 0) {
    const names = [...excluded]
      .sort()
      .map(text => JSON.stringify(text))
      .join(',');
    lines.push(`warn: some health checks cannot be excluded: no matches for ${names}`);
  }
  const text = lines.map(line => `${line}\n`).join('');
  if (!well) return plain(500, `${text}${kind} check failed\n`);
  return plain(200, context.query.has('verbose') ? `${text}${kind} check passed\n` : 'ok');
}

const plain = (status: number, text: string): Response =>
  textAnswer(status, text, { 'x-content-type-options': 'nosniff', 'cache-control': 'no-cache, private' });
