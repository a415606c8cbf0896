/** What extensions bring to the console, and which components are on. */
import { below, login } from '../route.ts';
import { flag, integer, list, open, optional, record, text, type TypeOf } from '../schema.ts';

const config = below('extensions', 'config.kubesphere.io', ['v1alpha2']);

/** A JavaScript module of an extension that the console loads, with `import(link)`: it may be shown as soon as it is here. */
export const extensionBundle = record({
  name: text('of the JSBundle'),
  extension: text('the extension that it belongs to; the name of the bundle where none is said'),
  link: text('a path on this platform: /dist/<extension>/index.js'),
  hash: text('SHA-256 of the script, in hexadecimal: another one is another script'),
  style: optional(text('the path of its style sheet')),
});
export type ExtensionBundle = TypeOf<typeof extensionBundle>;

/**
 * An entry of the console's navigation, as an ExtensionEntry says it. Only `name` must be there; what is not declared here goes through as it is.
 */
export const extensionEntry = open(
  record({
    name: text('one in all entries'),
    extension: text('the extension that it belongs to; the name of the ExtensionEntry where none is said'),
    parent: optional(
      text('where it stands: global (the default), access, cluster, workspace, project, topbar, toolbox'),
    ),
    title: optional(text('a text, or a key of the extension’s own messages; the name unless given')),
    link: optional(text('a path of the console, or one below /proxy/ that is opened by itself')),
    icon: optional(text('a name, or an address of an image on this platform')),
    order: optional(integer()),
    authKey: optional(text('shown to who may view this')),
  }),
);
export type ExtensionNavigation = TypeOf<typeof extensionEntry>;

/** What extensions bring to the console. A list that changes while the console is open: follow it. */
export const extensionsOffer = record({ bundles: list(extensionBundle), entries: list(extensionEntry) });
export type ExtensionsOffer = TypeOf<typeof extensionsOffer>;

export const extensions = {
  offer: config(
    'extensions.offer',
    'GET',
    '/configs/extensions',
    'What extensions bring to the console: scripts and entries of the navigation',
    login,
    { answer: record({ extensions: extensionsOffer }) },
  ),
  components: config(
    'extensions.components',
    'GET',
    '/configs/components',
    'Components that can be turned on and off while the platform runs, and how they are',
    login,
    {
      answer: record({
        components: list(record({ name: text(), enabled: flag(), ready: flag(), message: optional(text()) })),
      }),
    },
  ),
};
