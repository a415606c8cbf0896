/** All functions of the templates but those that belong to one rendering (`include`, `tpl`, `lookup`, `required`, `fail`). */
import type { Functions } from '../template/function.ts';
import { builtin } from './builtin.ts';
import { certificates } from './certificates.ts';
import { cryptography } from './cryptography.ts';
import { dates } from './dates.ts';
import { dicts } from './dicts.ts';
import { documents } from './documents.ts';
import { encoding } from './encoding.ts';
import { expressions } from './expressions.ts';
import { flow } from './flow.ts';
import { lists } from './lists.ts';
import { numbers } from './numbers.ts';
import { paths } from './paths.ts';
import { random } from './random.ts';
import { strings } from './strings.ts';
import { versions } from './versions.ts';

/** sprig's `slice` takes the place of Go's, as it does in Helm. */
export const functions: Functions = new Map(
  [
    builtin,
    flow,
    lists,
    dicts,
    numbers,
    strings,
    encoding,
    dates,
    expressions,
    versions,
    paths,
    random,
    cryptography,
    certificates,
    documents,
  ].flatMap(table => Object.entries(table)),
);
