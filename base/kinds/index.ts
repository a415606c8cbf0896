/** The catalogue of Kubernetes' kinds: shape, defaults, validation, columns, declared once. */
export { catalogue, readDataFile, setCatalogueSource } from './catalogue.ts';
export type { CatalogueFile, FieldFacts, KindInfo, Subresource, TypeFacts } from './catalogue.ts';
export { schemaOf, schemaOfType } from './schemas.ts';
