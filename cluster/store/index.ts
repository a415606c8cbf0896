export { compareKeys } from './order.ts';
export * from './types.ts';
export { createMemoryStore } from './memory.ts';
export type { MemoryStoreOptions } from './memory.ts';
export { openStore } from './embedded/open.ts';
export type { StoreOptions } from './embedded/open.ts';
