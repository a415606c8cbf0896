/** The market of extensions: what there is, where it comes from, what is installed. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Extension, ExtensionVersion, InstallPlan, MarketCategory, Repository } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant } from '../route.ts';
import { list, object, record, text } from '../schema.ts';

const group = 'kubesphere.io';
const packages = below('market', 'package.kubesphere.io', ['v1alpha1']);
const route = below('market', group, ['v1alpha1']);
const may = (verb: string, resource: string, name?: string) =>
  grant('platform', verb, group, resource, name === undefined ? {} : { name });

/** A file of a chart; `data` is base64, as in KubeSphere. */
export const chartFile = record({ name: text(), data: text(undefined, Number.MAX_SAFE_INTEGER) });

const lists = <T extends KubeObject>(kind: string) =>
  ({ query: listQuery, openQuery: true, answer: pageOf(object<T>(kind)) }) as const;
const reads = <T extends KubeObject>(kind: string) => ({ answer: object<T>(kind), errors: [404] }) as const;
const writes = <T extends KubeObject>(kind: string) =>
  ({ body: object<T>(kind), answer: object<T>(kind), errors: [404, 409, 422] }) as const;

export const market = {
  list: route(
    'market.list',
    'GET',
    '/extensions',
    'The market',
    may('list', 'extensions'),
    lists<Extension>('Extension'),
  ),
  get: route(
    'market.get',
    'GET',
    '/extensions/{extension}',
    'One extension',
    may('get', 'extensions', 'extension'),
    reads<Extension>('Extension'),
  ),
  delete: route(
    'market.delete',
    'DELETE',
    '/extensions/{extension}',
    'Takes an extension that is not installed out of the market, with its versions and charts that were uploaded',
    may('delete', 'extensions', 'extension'),
    { answer: done, errors: [404, 409] },
  ),
  versions: route(
    'market.versions',
    'GET',
    '/extensionversions',
    'Versions of extensions',
    may('list', 'extensionversions'),
    lists<ExtensionVersion>('ExtensionVersion'),
  ),
  version: route(
    'market.version',
    'GET',
    '/extensionversions/{version}',
    'One version of an extension',
    may('get', 'extensionversions', 'version'),
    reads<ExtensionVersion>('ExtensionVersion'),
  ),
  files: packages(
    'market.files',
    'GET',
    '/extensionversions/{version}/files',
    'The files of the chart of a version',
    may('get', 'extensionversions', 'version'),
    { answer: list(chartFile), errors: [404] },
  ),
  upload: route(
    'market.upload',
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
  categories: route(
    'market.categories',
    'GET',
    '/categories',
    'What extensions are sorted by',
    may('list', 'categories'),
    lists<MarketCategory>('Category'),
  ),
  repositories: route(
    'market.repositories',
    'GET',
    '/repositories',
    'Where extensions come from; passwords are not told',
    may('list', 'repositories'),
    lists<Repository>('Repository'),
  ),
  repository: route(
    'market.repository',
    'GET',
    '/repositories/{repository}',
    'One repository; its password is not told',
    may('get', 'repositories', 'repository'),
    reads<Repository>('Repository'),
  ),
  createRepository: route(
    'market.createRepository',
    'POST',
    '/repositories',
    'A repository of charts, which is read from then on',
    may('create', 'repositories'),
    { ...writes<Repository>('Repository'), status: 201 },
  ),
  updateRepository: route(
    'market.updateRepository',
    'PUT',
    '/repositories/{repository}',
    'Changes a repository; a password that is left out stays',
    may('update', 'repositories', 'repository'),
    writes<Repository>('Repository'),
  ),
  deleteRepository: route(
    'market.deleteRepository',
    'DELETE',
    '/repositories/{repository}',
    'Removes a repository, and what of it is not installed',
    may('delete', 'repositories', 'repository'),
    { answer: done, errors: [404] },
  ),
  syncRepository: route(
    'market.syncRepository',
    'POST',
    '/repositories/{repository}/sync',
    'Reads a repository now',
    may('update', 'repositories', 'repository'),
    { answer: object<Repository>('Repository'), errors: [404] },
  ),
  plans: route(
    'market.plans',
    'GET',
    '/installplans',
    'What is installed, and how far it is',
    may('list', 'installplans'),
    lists<InstallPlan>('InstallPlan'),
  ),
  plan: route(
    'market.plan',
    'GET',
    '/installplans/{plan}',
    'How far an installation is',
    may('get', 'installplans', 'plan'),
    reads<InstallPlan>('InstallPlan'),
  ),
  createPlan: route(
    'market.createPlan',
    'POST',
    '/installplans',
    'Installs an extension',
    may('create', 'installplans'),
    { ...writes<InstallPlan>('InstallPlan'), status: 201 },
  ),
  updatePlan: route(
    'market.updatePlan',
    'PUT',
    '/installplans/{plan}',
    'Another version, another configuration, on or off',
    may('update', 'installplans', 'plan'),
    writes<InstallPlan>('InstallPlan'),
  ),
  deletePlan: route(
    'market.deletePlan',
    'DELETE',
    '/installplans/{plan}',
    'Uninstalls an extension',
    may('delete', 'installplans', 'plan'),
    { answer: done, errors: [404] },
  ),
};
