/** A shell in which a chapter is played: a namespace, a folder with the manifests, and one kubectl that is called so. */
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { outcomeOf, type Outcome } from '../../conformance/support/cluster.ts';
import { inWordsOf, withoutNotices, type Expected } from './transcript.ts';
import type { Kubectl } from './versions.ts';

const manifests = join(import.meta.dirname, '../manifests');
const secondsMax = 60;

export interface Session {
  /** Words of expected lines whose text is known. */
  readonly known: Readonly<Record<string, string>>;
  run(command: string): Promise<Outcome>;
  /** Removes the namespace (without waiting for its end), what has its name in no namespace, and the folder. */
  close(): Promise<void>;
}

/** Kinds without namespace whose objects the script makes; their names contain the namespace's. */
const clusterKinds = 'node,clusterrole,clusterrolebinding,priorityclass,csr,crd,pv,namespace';

let count = 0;

/** `home` is shared by the sessions of one kubectl: it keeps there what it learned of the API. */
export async function openSession(kubeconfig: string, kubectl: Kubectl, home: string): Promise<Session> {
  const folder = mkdtempSync(join(tmpdir(), 'orrery-kubectl-'));
  const bin = join(folder, 'bin');
  const work = join(folder, 'work');
  mkdirSync(bin);
  mkdirSync(work);
  symlinkSync(kubectl.path, join(bin, 'kubectl'));
  const namespace = `kubectl-${process.pid}-${count++}-${kubectl.minor}`;
  for (const name of readdirSync(manifests)) {
    const text = readFileSync(join(manifests, name), 'utf8');
    writeFileSync(join(work, name), text.replaceAll('NAMESPACE', namespace));
  }
  const env = {
    ...{ PATH: `${bin}:/usr/local/bin:/usr/bin:/bin`, HOME: home, LANG: 'C', TZ: 'UTC', NS: namespace },
    ...{ KUBECONFIG: join(folder, 'kubeconfig') },
  };
  const run = (command: string): Promise<Outcome> => outcomeOf('/bin/sh', ['-c', `cd '${work}'\n${command}`], env);
  const must = async (command: string): Promise<string> => {
    const { code, stdout, stderr } = await run(command);
    if (code !== 0) throw new Error(`${command}: ${stderr}`);
    return stdout;
  };
  await must(`kubectl config view --raw --flatten --kubeconfig '${kubeconfig}' > "$KUBECONFIG"`);
  await must('kubectl config set-context --current --namespace="$NS"');
  await must('kubectl create namespace "$NS"');
  const server = (await must(`kubectl config view --minify -o jsonpath='{.clusters[0].cluster.server}'`)).trim();
  const given = 'kubectl get serviceaccount default && kubectl get configmap kube-root-ca.crt';
  for (let waited = 0; (await run(given)).code !== 0; waited++) {
    if (waited > secondsMax * 4) throw new Error('the namespace gets no default account, or no root certificates');
    await sleep(250);
  }
  return {
    known: { ns: namespace, server, work },
    run,
    async close() {
      await run(`kubectl get ${clusterKinds} -o name | grep -e "$NS" | xargs -r kubectl delete --wait=false`);
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

export interface Played extends Omit<Expected, 'since' | 'until'> {
  readonly outcome: Outcome;
}

/** Runs it once, or until it prints what it is to print; gives what it did, in the words of what was expected. */
export async function play(
  { run, known }: Session,
  command: string,
  repeats: boolean,
  expected: Expected,
): Promise<Played> {
  for (let deadline = Date.now() + secondsMax * 1000; ; await sleep(200)) {
    const outcome = await run(command);
    const { code, stdout, stderr } = outcome;
    const result = {
      stdout: inWordsOf(expected.stdout, stdout, known),
      stderr: inWordsOf(expected.stderr, withoutNotices(stderr), known),
      code,
      outcome,
    };
    const isAsExpected =
      result.stdout === expected.stdout && result.stderr === expected.stderr && code === expected.code;
    if (isAsExpected || !repeats || Date.now() > deadline) return result;
  }
}
