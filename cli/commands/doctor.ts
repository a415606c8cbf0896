/** `orrery doctor`: what works on this host, what will not, and why. */
import { checkHost, type Check } from '../host/checks.ts';
import { green, outputFormat, print, red, yellow } from '../output.ts';

export async function doctor(options: { output?: string }): Promise<void> {
  const checks = checkHost();
  if (checks.some(check => check.required && !check.ok)) process.exitCode = 1;
  await print(outputFormat(options.output), checks, () => checks.map(line).join(''));
}

function line({ name, ok, required, found, remedy }: Check): string {
  const mark = ok ? green('✓') : required ? red('✗') : yellow('!');
  return `${mark} ${name.padEnd(24)} ${found}\n${remedy ? `  ${' '.repeat(24)} ${remedy}\n` : ''}`;
}
