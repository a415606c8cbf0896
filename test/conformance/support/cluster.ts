/** The cluster under test: whichever `CONFORMANCE_KUBECONFIG` names, or one of simulated nodes that is started for the purpose. */
import { execFile } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const launcher = join(import.meta.dirname, '../../../orrery');

export interface ClusterUnderTest {
  readonly kubeconfig: string;
  /** Removes the cluster if it was started here. */
  remove(): Promise<void>;
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a program to its end, whatever its exit code. */
export const outcomeOf = (command: string, args: readonly string[], env = process.env, input = ''): Promise<Outcome> =>
  new Promise(resolve => {
    const child = execFile(command, args, { env, maxBuffer: 1 << 26 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    );
    child.stdin!.on('error', () => {});
    child.stdin!.end(input);
  });

/** Throws with what the launcher complained of when the cluster does not come up. */
export async function clusterUnderTest(): Promise<ClusterUnderTest> {
  const given = process.env.CONFORMANCE_KUBECONFIG;
  if (given) return { kubeconfig: given, remove: async () => {} };
  const folder = mkdtempSync(join(tmpdir(), 'orrery-conformance-'));
  // The server of a cluster that root starts runs as somebody else.
  chmodSync(folder, 0o755);
  const dataDir = join(folder, 'data');
  const orrery = (...args: string[]) => outcomeOf(launcher, [...args, '--data-dir', dataDir]);
  const { code, stderr, stdout } = await orrery('up', '--detach', '--simulate', '3', '--port', '0', '--no-platform');
  if (code !== 0) throw new Error(`up ended with ${code}: ${stderr}${stdout}`);
  return {
    kubeconfig: join(dataDir, 'kubeconfig'),
    async remove() {
      const outcome = await orrery('reset', '--yes');
      // What still runs is found by its folder.
      if (outcome.code !== 0) throw new Error(`reset of ${dataDir} failed: ${outcome.stderr}`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** `KUBECTL` names another one, to try older and newer clients. */
export function kubectlPath(): string {
  const found = [process.env.KUBECTL ?? '', '/usr/local/bin/kubectl', '/usr/bin/kubectl'].find(path =>
    existsSync(path),
  );
  if (!found) throw new Error('kubectl is missing: install the package kubernetes-client');
  return found;
}
