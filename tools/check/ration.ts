/** Whether processor time is rationed here. */
import { existsSync, readFileSync } from 'node:fs';

/** A limit of time as a control group's file says it: of version 2 (`max 100000`), then of version 1 (`-1`). */
const limits: readonly { readonly file: string; readonly isNone: RegExp }[] = [
  { file: '/sys/fs/cgroup/cpu.max', isNone: /^max/ },
  { file: '/sys/fs/cgroup/cpu/cpu.cfs_quota_us', isNone: /^-1/ },
];

/** With a ration the lowest priority yields nothing: all draw on one account, and who comes last finds it empty. */
export const isRationed = (): boolean =>
  limits.some(({ file, isNone }) => existsSync(file) && !isNone.test(readFileSync(file, 'utf8')));
