/** `orrery doctor`: what works on this host, what will not, and why. */
import { checkHost, type Check } from '../host/checks.ts';
import { damagedFiles, unpackedRoot } from '../host/unpacked.ts';
import { green, outputFormat, print, red, yellow } from '../output.ts';

export async function doctor(options: { output?: string }): Promise<void> {
  const checks = [...checkHost(), ...(await archiveChecks())];
  if (checks.some(check => check.required && !check.ok)) process.exitCode = 1;
  await print(outputFormat(options.output), checks, () => checks.map(line).join(''));
}

/** Of a program that was unpacked from an archive: that its files are what was packed. */
async function archiveChecks(): Promise<Check[]> {
  const root = unpackedRoot();
  if (root === undefined) return [];
  const damaged = await damagedFiles(root);
  const ok = damaged.length === 0;
  const found = ok ? `whole in ${root}` : `damaged in ${root}: ${damaged.slice(0, 3).join(', ')}`;
  return [{ name: 'archive', required: true, ok, found, ...(!ok && { remedy: 'unpack the archive again' }) }];
}

function line({ name, ok, required, found, remedy }: Check): string {
  const mark = ok ? green('✓') : required ? red('✗') : yellow('!');
  return `${mark} ${name.padEnd(24)} ${found}\n${remedy ? `  ${' '.repeat(24)} ${remedy}\n` : ''}`;
}
