/** Extensions: what is installed and what it brings to the console, the market that they come from, charts that an administrator uploads. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Extension, ExtensionVersion, InstallPlan, MarketCategory, Repository } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant, login } from '../route.ts';
import { flag, integer, list, object, open, optional, record, text, type TypeOf } from '../schema.ts';

const group = 'kubesphere.io';
const config = below('extensions', 'config.kubesphere.io', ['v1alpha2']);
const packages = below('extensions', 'package.kubesphere.io', ['v1alpha1']);
const market = below('extensions', group, ['v1alpha1']);
const may = (verb: string, resource: string, name?: string) =>
  grant('platform', verb, group, resource, name === undefined ? {} : { name });

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

/** A file of a chart; `data` is base64, as in KubeSphere. */
export const chartFile = record({ name: text(), data: text(undefined, Number.MAX_SAFE_INTEGER) });

const lists = <T extends KubeObject>(kind: string) =>
  ({ query: listQuery, openQuery: true, answer: pageOf(object<T>(kind)) }) as const;
const reads = <T extends KubeObject>(kind: string) => ({ answer: object<T>(kind), errors: [404] }) as const;
const writes = <T extends KubeObject>(kind: string) =>
  ({ body: object<T>(kind), answer: object<T>(kind), errors: [404, 409, 422] }) as const;

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
  list: market(
    'extensions.list',
    'GET',
    '/extensions',
    'The market',
    may('list', 'extensions'),
    lists<Extension>('Extension'),
  ),
  get: market(
    'extensions.get',
    'GET',
    '/extensions/{extension}',
    'One extension',
    may('get', 'extensions', 'extension'),
    reads<Extension>('Extension'),
  ),
  delete: market(
    'extensions.delete',
    'DELETE',
    '/extensions/{extension}',
    'Takes an extension that is not installed out of the market, with its versions and charts that were uploaded',
    may('delete', 'extensions', 'extension'),
    { answer: done, errors: [404, 409] },
  ),
  versions: market(
    'extensions.versions',
    'GET',
    '/extensionversions',
    'Versions of extensions',
    may('list', 'extensionversions'),
    lists<ExtensionVersion>('ExtensionVersion'),
  ),
  version: market(
    'extensions.version',
    'GET',
    '/extensionversions/{version}',
    'One version of an extension',
    may('get', 'extensionversions', 'version'),
    reads<ExtensionVersion>('ExtensionVersion'),
  ),
  files: packages(
    'extensions.files',
    'GET',
    '/extensionversions/{version}/files',
    'The files of the chart of a version',
    may('get', 'extensionversions', 'version'),
    { answer: list(chartFile), errors: [404] },
  ),
  upload: market(
    'extensions.upload',
    'POST',
    '/extensionversions',
    'A chart brought by hand, so that nothing has to be fetched: makes its version, and the extension',
    may('create', 'extensionversions'),
    {
      body: record({ chart: text('the archive (.tgz) in base64', Number.MAX_SAFE_INTEGER) }),
      answer: object<ExtensionVersion>('ExtensionVersion'),
      status: 201,
      errors: [409, 413, 422],
    },
  ),
  categories: market(
    'extensions.categories',
    'GET',
    '/categories',
    'What extensions are sorted by',
    may('list', 'categories'),
    lists<MarketCategory>('Category'),
  ),
  repositories: market(
    'extensions.repositories',
    'GET',
    '/repositories',
    'Where extensions come from; passwords are not told',
    may('list', 'repositories'),
    lists<Repository>('Repository'),
  ),
  repository: market(
    'extensions.repository',
    'GET',
    '/repositories/{repository}',
    'One repository; its password is not told',
    may('get', 'repositories', 'repository'),
    reads<Repository>('Repository'),
  ),
  createRepository: market(
    'extensions.createRepository',
    'POST',
    '/repositories',
    'A repository of charts, which is read from then on',
    may('create', 'repositories'),
    { ...writes<Repository>('Repository'), status: 201 },
  ),
  updateRepository: market(
    'extensions.updateRepository',
    'PUT',
    '/repositories/{repository}',
    'Changes a repository; a password that is left out stays',
    may('update', 'repositories', 'repository'),
    writes<Repository>('Repository'),
  ),
  deleteRepository: market(
    'extensions.deleteRepository',
    'DELETE',
    '/repositories/{repository}',
    'Removes a repository, and what of it is not installed',
    may('delete', 'repositories', 'repository'),
    { answer: done, errors: [404] },
  ),
  syncRepository: market(
    'extensions.syncRepository',
    'POST',
    '/repositories/{repository}/sync',
    'Reads a repository now',
    may('update', 'repositories', 'repository'),
    { answer: object<Repository>('Repository'), errors: [404] },
  ),
  plans: market(
    'extensions.plans',
    'GET',
    '/installplans',
    'What is installed, and how far it is',
    may('list', 'installplans'),
    lists<InstallPlan>('InstallPlan'),
  ),
  plan: market(
    'extensions.plan',
    'GET',
    '/installplans/{plan}',
    'How far an installation is',
    may('get', 'installplans', 'plan'),
    reads<InstallPlan>('InstallPlan'),
  ),
  createPlan: market(
    'extensions.createPlan',
    'POST',
    '/installplans',
    'Installs an extension',
    may('create', 'installplans'),
    { ...writes<InstallPlan>('InstallPlan'), status: 201 },
  ),
  updatePlan: market(
    'extensions.updatePlan',
    'PUT',
    '/installplans/{plan}',
    'Another version, another configuration, on or off',
    may('update', 'installplans', 'plan'),
    writes<InstallPlan>('InstallPlan'),
  ),
  deletePlan: market(
    'extensions.deletePlan',
    'DELETE',
    '/installplans/{plan}',
    'Uninstalls an extension',
    may('delete', 'installplans', 'plan'),
    { answer: done, errors: [404] },
  ),
};
