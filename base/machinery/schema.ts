/**
 * The shape of objects: one form for the built-in kinds (made from the catalogue) and for custom resources (made from their
 * OpenAPI v3 schema). Walkers over it are in `schema/`.
 */
export { decode, decodeFailure } from './schema/decode.ts';
export type { Decoded } from './schema/decode.ts';
export { duplicateFields } from './schema/duplicates.ts';
export { dropUnknown } from './schema/prune.ts';
export { validateShape } from './schema/validate.ts';
export { patchSchemaOf } from './schema/patch.ts';
export { properties } from './schema/types.ts';
export type { Schema, SchemaFormat } from './schema/types.ts';
