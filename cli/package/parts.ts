/** What lies where in an archive. Pure. */

/** A file of an archive: from a place on disk, or a text. */
export type Part = {
  /** From the archive's one folder on. */
  readonly name: string;
  readonly executable?: true;
} & ({ readonly from: string; readonly size: number } | { readonly text: string });

/** What the archive says of itself, line by line; the launcher reads some of it. */
export interface About {
  readonly orrery: string;
  readonly kubernetes: string;
  readonly node: string;
  /** `linux-x64` or `linux-arm64` */
  readonly platform: string;
  /** The commit, and whether it is all; `unknown` where there was no clone. */
  readonly commit: string;
  /** The folder of the program below `program/`. */
  readonly program: string;
  /** The system that the packages in it are for. */
  readonly packages?: string;
}

export const versionFile = 'VERSION';
export const sumsFile = 'SHA256SUMS';

export const versionText = (about: About): string =>
  Object.entries(about)
    .map(([name, value]) => `${name} ${value}\n`)
    .join('');

/** @returns what can be read of it; other lines are left out. */
export const readVersion = (text: string): Partial<About> =>
  Object.fromEntries(
    text
      .split('\n')
      .map(line => [line.slice(0, line.indexOf(' ')), line.slice(line.indexOf(' ') + 1)])
      .filter(([name]) => name !== ''),
  ) as Partial<About>;

export const archiveName = ({ orrery, platform }: About): string => `orrery-${orrery}-${platform}`;

export interface Sum {
  readonly name: string;
  /** Hexadecimal. */
  readonly sha256: string;
}

/** As `sha256sum` writes and checks them. */
export const sumsText = (sums: readonly Sum[]): string =>
  sums.map(({ name, sha256 }) => `${sha256}  ${name}\n`).join('');

export const readSums = (text: string): Sum[] =>
  [...text.matchAll(/^([0-9a-f]{64}) {2}(.+)$/gm)].map(([, sha256 = '', name = '']) => ({ name, sha256 }));

/** In the order of their names by bytes, whatever order a disk lists them in. */
export const sorted = <T extends { readonly name: string }>(parts: readonly T[]): T[] =>
  parts.toSorted((a, b) => Buffer.compare(Buffer.from(a.name), Buffer.from(b.name)));

/** Every folder that a name leads through, from the top. */
export const foldersOf = (names: readonly string[]): string[] =>
  [...new Set(names.flatMap(name => name.split('/').map((_, at, steps) => steps.slice(0, at).join('/'))))]
    .filter(folder => folder !== '')
    .toSorted();
