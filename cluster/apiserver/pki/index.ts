export * from './certificates.ts';
export { PkiError, ensurePki } from './ensure.ts';
export type { Pki, PkiOptions } from './ensure.ts';
export { readText, secretDirectory, writeSecret } from './files.ts';
export type { Pair } from './issue.ts';
export * from './request.ts';
export { kubeconfig } from './kubeconfig.ts';
export type { KubeconfigOptions } from './kubeconfig.ts';
export * from './renewal.ts';
