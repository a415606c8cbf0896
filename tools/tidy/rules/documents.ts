/** Links that lead somewhere, a README of one page per package. */
import { dirname, join } from 'node:path';
import type { Finding, Tree } from '../source.ts';

const readmeLinesMax = 60;

export function documents(tree: Tree): Finding[] {
  return [...deadLinks(tree), ...readmes(tree)];
}

function deadLinks(tree: Tree): Finding[] {
  return tree.documents.flatMap(({ path, text }) =>
    text.split('\n').flatMap((line, index) =>
      [...line.matchAll(/\]\(([^)\s]+)\)/g)]
        .map(match => match[1]!)
        .filter(link => !/^([a-z]+:|#)/.test(link))
        .filter(link => !tree.paths.has(join(dirname(path), link.split('#')[0]!).replace(/\/$/, '')))
        .map(link => ({ rule: 'links', path, line: index + 1, message: `links to ${link}, which does not exist` })),
    ),
  );
}

function readmes(tree: Tree): Finding[] {
  return [...tree.packages.values()]
    .filter(({ room }) => room !== '.' && !room.startsWith('tools/node'))
    .flatMap(({ room }) => {
      const path = `${room}/README.md`;
      const document = tree.documents.find(found => found.path === path);
      if (!document)
        return [
          {
            rule: 'readme',
            path,
            line: 1,
            message: 'is missing: say what the package is, its lifecycle, its invariants',
          },
        ];
      const lines = document.text.split('\n').length - 1;
      return lines > readmeLinesMax
        ? [{ rule: 'readme', path, line: 1, message: `has ${lines} lines, more than ${readmeLinesMax}` }]
        : [];
    });
}
