/** Runs one stage: its output passes through, its counts are read off, and its budget ends it. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Stage } from './stages.ts';

export interface Outcome {
  readonly passed: number;
  readonly failed: number;
  readonly seconds: number;
  /** Empty, or why the stage ended as it did; begins with a comma. */
  readonly note: string;
  /** Of a stage that failed: what it said of that. */
  readonly told: string;
}

/** Where a stage's output goes. */
export type Write = (text: string) => void;

const root = join(import.meta.dirname, '../..');

/** Hundreds of programs import the same modules: what was compiled for one is there for the others. */
const compiled = join(root, '.build/check');

export async function runStage(stage: Stage, write: Write): Promise<Outcome> {
  const begun = performance.now();
  const { output, complaints, code, overran } = await run(stage, write);
  const seconds = (performance.now() - begun) / 1000;
  const note = overran ? `, stopped: its budget of ${stage.minutesMax} minutes is spent` : '';
  const counts = judge(stage, output, code);
  return { ...counts, seconds, note, told: counts.failed > 0 ? tellingPart(output, complaints) : '' };
}

const toldMax = 8_000;

/** What node:test lists at its end, or else the last that was said, and the last complaints. */
export function tellingPart(output: string, complaints: string): string {
  const listed = output.lastIndexOf('✖ failing tests:');
  const said = listed < 0 ? output.slice(-toldMax) : output.slice(listed, listed + toldMax);
  return [said, complaints.slice(-toldMax / 4)]
    .map(part => part.trim())
    .filter(Boolean)
    .join('\n');
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

interface Ended {
  readonly output: string;
  readonly complaints: string;
  readonly code: number | null;
  readonly overran: boolean;
}

const keptMax = 100_000;

function run(stage: Stage, write: Write): Promise<Ended> {
  const isBeside = stage.runs === 'beside';
  const command = isBeside ? ['nice', '-n', '19', ...stage.command] : stage.command;
  const [file, ...args] = command as [string, ...string[]];
  const env = { ...process.env, NODE_COMPILE_CACHE: compiled };
  return new Promise(resolve => {
    // A group of its own, so that an overrun ends the stage with everything it started.
    const child = spawn(file, args, { cwd: root, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    if (isBeside && child.pid !== undefined) yieldAsGroup(child.pid);
    let [output, complaints] = ['', ''];
    let overran = false;
    // Decoded as one text: a letter of the summary may arrive in two pieces.
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      write(text);
      output = (output + text).slice(-keptMax);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      write(text);
      complaints = (complaints + text).slice(-keptMax);
    });
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
      resolve({ output, complaints: error.message, code: 1, overran });
    });
    child.on('close', code => {
      clearTimeout(budget);
      process.off('SIGINT', interrupted).off('SIGTERM', interrupted);
      resolve({ output, complaints, code, overran });
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
