/** All rules in one list, so that the program and its tests run the same. */
import { banned } from './rules/banned.ts';
import { documents } from './rules/documents.ts';
import { imports } from './rules/imports.ts';
import { sizes, type Ratchet } from './rules/sizes.ts';
import { unused } from './rules/unused.ts';
import type { Finding, Tree } from './source.ts';

export const findings = (tree: Tree, ratchet: Ratchet): Finding[] => [
  ...imports(tree),
  ...banned(tree),
  ...sizes(tree, ratchet),
  ...documents(tree),
  ...unused(tree),
];
