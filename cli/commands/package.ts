/** `orrery package`: all that a machine without a network needs, in one file. */
import { existsSync, mkdtempSync, readdirSync, realpathSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';
import { CliError } from '../error.ts';
import { outputFormat, print } from '../output.ts';
import { imageParts } from '../package/images.ts';
import { nodeProgramAt, type NodeProgram } from '../package/node-program.ts';
import { archiveName, versionFile, versionText, type About, type Part } from '../package/parts.ts';
import type { RuntimePackages } from '../package/runtime-packages.ts';
import { revision, versions } from '../version.ts';

export interface PackageOptions {
  readonly images?: readonly string[];
  readonly withRuntime?: boolean;
  readonly node?: string;
  readonly output?: string;
}

export async function packageProgram(given: string | undefined, options: PackageOptions): Promise<void> {
  const format = outputFormat(options.output);
  const home = process.env.ORRERY_HOME;
  if (home === undefined) throw new CliError('start this with the launcher "orrery" of a clone or an unpacked archive');
  const images = await imageParts(options.images ?? []);
  const node = await nodeProgramAt(resolve(options.node ?? process.execPath));
  const scratch = mkdtempSync(join(tmpdir(), 'orrery-package-'));
  const program = realpathSync(dirname(process.argv[1]!));
  try {
    const runtime = options.withRuntime ? await runtimeParts(scratch, node) : undefined;
    const about = aboutOf(node, program, runtime);
    const parts = [...programParts(home, program, node, about), ...(runtime?.parts ?? []), ...images];
    const folder = archiveName(about);
    const file = resolve(given ?? `${folder}.tar.gz`);
    const { writeArchive } = await import('../package/write.ts');
    const mtime = Math.floor(Date.parse(revision.buildDate) / 1000);
    const written = await writeArchive(file, parts, { folder, mtime, progress: progressOn(process.stderr) });
    const report = { file, ...written, ...about };
    await print(
      format,
      report,
      () =>
        `${file}  ${(written.bytes / 1e6).toFixed(1)} MB\nsha256 ${written.sha256}\n\nThere: tar xzf ${basename(file)} && ./${folder}/orrery up --detach\n`,
    );
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function aboutOf(node: NodeProgram, program: string, runtime: RuntimePackages | undefined): About {
  const { gitCommit, gitTreeState } = revision;
  return {
    ...{ orrery: versions.orrery, kubernetes: versions.kubernetes, node: node.version },
    platform: `linux-${node.architecture}`,
    commit: gitCommit === '' ? 'unknown' : `${gitCommit} ${gitTreeState}`,
    program: basename(program),
    ...(runtime && { packages: runtime.system }),
  };
}

function programParts(home: string, program: string, node: NodeProgram, about: About): Part[] {
  // An unpacked archive can be packed again, e.g. with images: its own manual lies at its top.
  const manual = [join(home, 'docs/operations.md'), join(home, 'OPERATIONS.md')].find(path => existsSync(path));
  return [
    { ...fileAt(join(home, 'orrery'), 'orrery'), executable: true },
    fileAt(join(home, 'LICENSE'), 'LICENSE'),
    ...(manual === undefined ? [] : [fileAt(manual, 'OPERATIONS.md')]),
    fileAt(join(program, 'NOTICE'), 'NOTICE'),
    { ...fileAt(node.file, 'bin/node'), executable: true },
    ...(node.licence === undefined ? [] : [{ name: 'bin/node.LICENSE', text: node.licence }]),
    ...filesIn(program, `program/${about.program}`),
    { name: versionFile, text: versionText(about) },
  ];
}

const fileAt = (from: string, name: string): Part => ({ name, from, size: statSync(from).size });

const filesIn = (folder: string, name: string): Part[] =>
  existsSync(folder)
    ? readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter(entry => entry.isFile())
        .map(entry => join(entry.parentPath, entry.name))
        .map(path => fileAt(path, `${name}${path.slice(folder.length)}`))
    : [];

async function runtimeParts(folder: string, { architecture }: NodeProgram): Promise<RuntimePackages> {
  if (architecture !== process.arch)
    throw new CliError(
      '--with-runtime fetches packages for this machine: leave it out, or run this on the other kind',
      2,
    );
  process.stderr.write('fetching the packages of the container runtime\n');
  return (await import('../package/runtime-packages.ts')).fetchRuntimePackages(folder);
}

/** A line on a terminal, and nothing elsewhere. */
function progressOn(stream: NodeJS.WriteStream): (read: number, total: number) => void {
  if (!stream.isTTY) return () => {};
  let shown = -1;
  return (read, total) => {
    const percent = Math.floor((read / total) * 100);
    if (percent === shown) return;
    shown = percent;
    stream.write(percent >= 100 ? '\r\u001b[K' : `\rpacking ${percent} %`);
  };
}
