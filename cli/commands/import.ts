/** `orrery import kubesphere`: an installation of KubeSphere, brought over into the cluster of a platform. */
import { connect, loadKubeconfig, type SocketTransport } from '@orrery/client/node';
import { systemClock } from '@orrery/machinery/clock';
import { importKubeSphere, type ImportReport } from '@orrery/platform-server/import';
import { CliError } from '../error.ts';
import { outputFormat, print, table } from '../output.ts';

export interface ImportCommandOptions {
  readonly kubeconfig: string;
  readonly toKubeconfig?: string;
  readonly dryRun?: boolean;
  readonly force?: boolean;
  readonly output?: string;
}

/** Progress goes to standard error, the report to standard output. Exit code 1 when the cluster refused anything. */
export async function importInstallation(options: ImportCommandOptions): Promise<void> {
  const format = outputFormat(options.output);
  const source = await clusterOf(options.kubeconfig, '--kubeconfig');
  const target = options.toKubeconfig ? await clusterOf(options.toKubeconfig, '--to-kubeconfig') : source;
  try {
    const report = await importKubeSphere({
      source,
      target,
      clock: systemClock,
      ...(options.dryRun && { dryRun: true }),
      ...(options.force && { force: true }),
      tell: step => void process.stderr.write(`${step}\n`),
      progress: (done, all) => {
        if (done % 100 === 0 || done === all) process.stderr.write(`${done} of ${all}\n`);
      },
    });
    await print(format, report, () => reportText(report, format));
    if (report.failures.length > 0)
      throw new CliError(`the cluster refused ${report.failures.length} objects: mend what it says and run this again`);
  } catch (error) {
    if (error instanceof CliError) throw error;
    throw new CliError(`the installation could not be brought over: ${(error as Error).message}`);
  } finally {
    source.close();
    if (target !== source) target.close();
  }
}

async function clusterOf(path: string, option: string): Promise<SocketTransport> {
  const access = await loadKubeconfig({ path }).catch((error: Error) => {
    throw new CliError(`${error.message}: name another file with ${option}`, 2);
  });
  return connect(access.connect);
}

/** A line each, and the sum. */
export function reportText(report: ImportReport, format: 'table' | 'wide' | 'json' | 'yaml' = 'table'): string {
  const { lines, failures, dryRun } = report;
  const rows = [
    ...lines,
    ...failures.map(({ kind, name, why }) => ({
      kind,
      name,
      why,
      verdict: 'refused' as const,
      action: 'none' as const,
    })),
  ];
  const text = table(
    [
      { title: 'KIND', of: ({ kind }) => kind },
      { title: 'NAME', of: ({ name }) => name },
      { title: 'COMES', of: ({ verdict }) => verdict },
      { title: dryRun ? 'WOULD' : 'DONE', of: ({ action }) => action, wide: true as const },
      { title: 'WHY', of: ({ why }) => why },
    ],
    rows,
    format,
  );
  const count = (verdict: string) => rows.filter(row => row.verdict === verdict).length;
  const writes = lines.filter(({ action }) => action !== 'none').length - failures.length;
  const sum = `${count('as it is')} as they are, ${count('changed')} changed, ${count('not brought')} not brought`;
  return `${text}\n${sum}; ${writes} objects ${dryRun ? 'would be written (nothing was)' : 'written'}\n`;
}
