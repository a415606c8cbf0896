/** The three patch languages besides server-side apply. Inputs are never changed; unchanged parts are shared. */
export { applyJsonPatch, type JsonPatchOperation } from './patch/json.ts';
export { applyMergePatch } from './patch/merge.ts';
export { applyStrategicMergePatch, type PatchSchema } from './patch/strategic.ts';
export { cloneJson, deepEqual, formatGoValue, goTypeName, type Json, type JsonObject } from './patch/value.ts';
