/** What the projects of a workspace may use together. Who is limited does not set the limit. */
import { groups } from '@orrery/platform-kinds';
import type { WorkspaceQuota } from '@orrery/platform-kinds';
import { done, listQuery, pageOf } from '../list.ts';
import { below, grant } from '../route.ts';
import { object } from '../schema.ts';

const route = below('quotas', groups.tenant, ['v1beta1', 'v1alpha2']);
const read = (verb: string) => grant('workspace', verb, groups.quota, 'resourcequotas');
const write = (verb: string) => grant('platform', verb, groups.quota, 'resourcequotas');
const quota = object<WorkspaceQuota>('ResourceQuota');
const all = '/workspaces/{workspace}/resourcequotas';
const one = `${all}/{resourcequota}` as const;

export const quotas = {
  list: route('quotas.list', 'GET', all, 'The quotas of a workspace, and what is used of them', read('list'), {
    query: listQuery,
    openQuery: true,
    answer: pageOf(quota),
  }),
  create: route('quotas.create', 'POST', all, 'A quota for all projects of a workspace together', write('create'), {
    body: quota,
    answer: quota,
    errors: [404, 409, 422],
  }),
  get: route('quotas.get', 'GET', one, 'One quota', read('get'), { answer: quota, errors: [404] }),
  update: route('quotas.update', 'PUT', one, 'Changes the limits of a quota', write('update'), {
    body: quota,
    answer: quota,
    errors: [404, 409, 422],
  }),
  delete: route('quotas.delete', 'DELETE', one, 'Removes a quota', write('delete'), { answer: done, errors: [404] }),
};
