/**
 * What a script of an extension finds under `@orrery/console`, by name. The build makes a module of these names (vite.config.ts); what stands behind
 * them is in shared.ts, and the compiler sees that both are the same.
 */
export const sharedNames = [
  // What pages are made of.
  'PageFrame',
  'Card',
  'CardBody',
  'Columns',
  'Stack',
  'Facts',
  'LinkRows',
  'Tile',
  'Tiles',
  'PlainTable',
  'Badge',
  'Notice',
  'Problem',
  'Age',
  'Link',
  // What is done on them.
  'Action',
  'Button',
  'TextInput',
  'FormDialog',
  'ConfirmDelete',
  // What they know.
  'useTexts',
  'useLanguage',
  'useCluster',
  'useKubernetes',
  'useToasts',
] as const;

export type SharedName = (typeof sharedNames)[number];

/** Where the console leaves them for those modules. */
export const sharedKey = 'orrery.console';

/** Modules that scripts of extensions import, by the name that they import. */
export const sharedModules = {
  react: '/extension/react.js',
  'react/jsx-runtime': '/extension/react-jsx-runtime.js',
  '@orrery/console': '/extension/console.js',
} as const;
