/** What `orrery bench` calls. */
export { findProgram } from './commands.ts';
export { measureConsole, type ConsoleOptions } from './console/measure.ts';
export { measureHttp, type HttpOptions } from './http.ts';
export { groups as loadGroups, type Group as LoadGroup } from './load/cases.ts';
export { measureLoad } from './load/measure.ts';
export type { LoadOptions } from './load/run.ts';
export { bindingsMax, type Counts } from './platform/people.ts';
export { measurePlatform, type PlatformOptions } from './platform/measure.ts';
export { reportData, reportText, type Report } from './report.ts';
export { measureStart, type StartOptions } from './start.ts';
export { runStoreProcess, storeVariable } from './store/child.ts';
export { measureStore, type StoreOptions } from './store/measure.ts';
