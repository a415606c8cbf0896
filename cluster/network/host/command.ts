/** Runs the two programs that talk to the kernel for us: nft and ip. */
import { spawn } from 'node:child_process';

/** @throws Error with what the program said, when it ends with anything but 0. */
export function command(file: string, args: readonly string[], input?: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    let output = '';
    let complaint = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (complaint += chunk.toString()));
    child.on('error', reject);
    child.on('close', code => {
      if (code === 0) resolve(output);
      else reject(new Error(`${file} ${args.join(' ')} failed: ${complaint.trim() || `code ${code}`}`));
    });
    child.stdin.on('error', () => {});
    child.stdin.end(input);
  });
}

/** One transaction of nft statements. */
export const nft = async (statements: readonly string[]): Promise<void> =>
  void (await command('nft', ['-f', '-'], `${statements.join('\n')}\n`));
