/** `orrery version`. */
import { outputFormat, print } from '../output.ts';
import { versions } from '../version.ts';

export async function version(options: { output?: string }): Promise<void> {
  const { orrery, kubernetes, node } = versions;
  await print(
    outputFormat(options.output),
    versions,
    () => `orrery ${orrery}\nKubernetes API ${kubernetes}\nNode.js ${node}\n`,
  );
}
