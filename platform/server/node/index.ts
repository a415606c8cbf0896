export { loadConsoleAssets, type ConsoleFile, type ConsoleManifest } from './console-assets.ts';
