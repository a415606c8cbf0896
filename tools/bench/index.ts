/** What `orrery bench` calls. */
export { findProgram } from './commands.ts';
export { measureHttp, type HttpOptions } from './http.ts';
export { measureStart, type StartOptions } from './start.ts';
export { reportData, reportText, type Report } from './report.ts';
