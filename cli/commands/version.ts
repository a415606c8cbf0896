/** `orrery version`: of this program, and of the cluster that runs. */
import { outputFormat, print } from '../output.ts';
import { versions } from '../version.ts';

export async function version(options: { dataDir?: string; output?: string }): Promise<void> {
  const { orrery, kubernetes, node } = versions;
  const { layoutFor, runningInstance } = await import('../run/instance.ts');
  const layout = layoutFor(options);
  const running = runningInstance(layout);
  const cluster = running && { orrery: running.version, startedAt: running.startedAt, dataDir: layout.root };
  await print(
    outputFormat(options.output),
    { ...versions, ...(cluster && { cluster }) },
    () =>
      `orrery ${orrery}\nKubernetes API ${kubernetes}\nNode.js ${node}\n${cluster ? `cluster ${cluster.orrery} (${layout.root})\n` : ''}`,
  );
}
