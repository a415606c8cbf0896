export { loadConsoleAssets, type ConsoleFile, type ConsoleManifest } from './console-assets.ts';
export { createHasher, type ThreadedHasher } from './hasher.ts';
export { auditFiles } from './audit-files.ts';
