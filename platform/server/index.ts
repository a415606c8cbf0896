export { createPlatform, type Platform, type PlatformOptions } from './platform.ts';
export type { ConsoleAsset, ConsoleAssets } from './console/assets.ts';
export { ensureInstalled, installObjects, platformUser } from './install/manifest.ts';
export type { AdmissionPlace } from './install/admission.ts';
export { uninstallPlatform } from './uninstall.ts';
export { builtInFeatures } from './features.ts';
export { handlersFor, RawAnswer, type Call, type Feature } from './feature.ts';
export type { PlatformContext, Settings } from './context.ts';
export type { OAuthClient } from './config/clients.ts';
