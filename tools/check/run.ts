/** Runs one stage: its output passes through, its counts are read off, and its budget ends it. */
import { spawn, type StdioOptions } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stages.ts';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  /** Empty, or why the stage ended as it did; begins with a comma. */
  readonly note: string;
}

/** Where a stage's output goes. */
export type Write = (text: string) => void;

const root = join(import.meta.dirname, '../..');

/** Hundreds of programs import the same modules: what was compiled for one is there for the others. */
const compiled = join(root, '.build/check');

export async function runStage(stage: Stage, write: Write): Promise<Outcome> {
  const begun = performance.now();
  const { output, code, overran } = await run(stage, write);
  const seconds = (performance.now() - begun) / 1000;
  const note = overran ? `, stopped: its budget of ${stage.minutesMax} minutes is spent` : '';
  return { ...judge(stage, output, code), seconds, note };
}

/** The counts of a finished stage. A failed command with no failed test (a crash, an overrun) counts as one failure. */
export function judge(stage: Stage, output: string, code: number | null): Pick<Outcome, 'passed' | 'failed'> {
  const broken = code === 0 ? 0 : 1;
  if (!stage.counts) return { passed: 1 - broken, failed: broken };
  const passed = lastCount(output, 'pass');
  const failed = lastCount(output, 'fail') + lastCount(output, 'cancelled');
  const ranNothing = passed + failed === 0 ? 1 : 0;
  return { passed, failed: Math.max(failed, broken, ranNothing) };
}

const lastCount = (output: string, name: string): number => {
  const found = [...output.matchAll(new RegExp(`^(?:ℹ|#) ${name} (\\d+)`, 'gm'))].at(-1);
  return found ? Number(found[1]) : 0;
};

function run(stage: Stage, write: Write): Promise<{ output: string; code: number | null; overran: boolean }> {
  const isBeside = stage.runs === 'beside';
  const command = isBeside ? ['nice', '-n', '19', ...stage.command] : stage.command;
  const [file, ...args] = command as [string, ...string[]];
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
  return new Promise(resolve => {
    // A group of its own, so that an overrun ends the stage with everything it started.
    // Complaints of a stage beside others wait with the rest of what it writes.
    const stdio: StdioOptions = ['ignore', 'pipe', isBeside ? 'pipe' : 'inherit'];
    const child = spawn(file, args, { cwd: root, env, detached: true, stdio });
    if (isBeside && child.pid !== undefined) yieldAsGroup(child.pid);
    let output = '';
    let overran = false;
    // Decoded as one text: a letter of the summary may arrive in two pieces.
    child.stdout!.setEncoding('utf8').on('data', (text: string) => {
      write(text);
      output = (output + text).slice(-100_000);
    });
    child.stderr?.setEncoding('utf8').on('data', write);
    const stop = (signal: NodeJS.Signals) => {
      try {
        process.kill(-child.pid!, signal);
      } catch {
        // The group is gone already.
      }
    };
    const budget = setTimeout(() => {
      overran = true;
      stop('SIGTERM');
      setTimeout(stop, 10_000, 'SIGKILL').unref();
    }, stage.minutesMax * 60_000);
    const interrupted = () => stop('SIGTERM');
    process.once('SIGINT', interrupted).once('SIGTERM', interrupted);
    child.on('error', error => {
      write(`${file}: ${error.message}\n`);
      resolve({ output, code: 1, overran });
    });
    child.on('close', code => {
      clearTimeout(budget);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve({ output, code, overran });
    });
  });
}

/** Where the kernel shares the processors among sessions, a priority counts only within one: then the session gets it too. */
function yieldAsGroup(pid: number): void {
  try {
    writeFileSync(`/proc/${pid}/autogroup`, '19');
  } catch {
    // This kernel shares among processes.
  }
}
