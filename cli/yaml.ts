/** Names of a CommonJS package survive bundling only where they are imported by name: this is what is loaded on use. */
export { Document, parseDocument, Scalar, stringify } from 'yaml';
