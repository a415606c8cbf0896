/** Files on their way into a container, piece by piece (pure). */

/** Small enough for any proxy in between. */
export const pieceBytes = 96 * 1024;

export interface Piece {
  readonly offset: number;
  readonly end: number;
}

/** An empty file has one piece, which makes it. */
export function piecesOf(size: number): readonly Piece[] {
  const count = Math.max(1, Math.ceil(size / pieceBytes));
  return Array.from({ length: count }, (_, index) => ({
    offset: index * pieceBytes,
    end: Math.min((index + 1) * pieceBytes, size),
  }));
}

/** `folder` is from the root on; the name keeps no part of another folder. */
export const pathIn = (folder: string, name: string): string =>
  `${folder.trim().replace(/\/+$/, '')}/${name.replace(/^.*[/\\]/, '')}`;

export const isPath = (path: string): boolean => path.trim().startsWith('/');

/** What a browser calls a file that comes down. */
export const fileName = (path: string, raw: boolean): string => {
  const name = path.trim().replace(/\/+$/, '').split('/').at(-1) || 'root';
  return raw ? name : `${name}.tar`;
};
