/** All targets by name. */
import { api } from './api.ts';
import { packed } from './bytes.ts';
import { parsers } from './parsers.ts';
import { patches } from './patches.ts';
import { storeLog } from './store-log.ts';
import type { Target } from './fuzz.ts';

export const targets: Readonly<Record<string, Target>> = { ...parsers, ...packed, ...patches, ...storeLog, ...api };
