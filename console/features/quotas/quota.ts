/** What is sent and shown of a workspace's quota (pure). */
import type { WorkspaceQuota } from '@orrery/platform-kinds/types';
import { amountsOf } from '../../blocks/quota/quota.ts';

type Amounts = Readonly<Record<string, string>>;

/** How much of it each project uses, those that use something, by the names of the limits. */
export const sharesOf = ({ spec, status }: WorkspaceQuota): readonly (readonly [project: string, used: Amounts])[] =>
  (status?.namespaces ?? []).flatMap(({ namespace, used = {} }) => {
    const counted = Object.entries(used).filter(
      ([name, amount]) => Object.hasOwn(spec.quota?.hard ?? {}, name) && amount !== '0',
    );
    return counted.length > 0 ? [[namespace, Object.fromEntries(counted)] as const] : [];
  });

/** Where the platform's complaints about a field are to be shown. */
export const quotaFields = (names: readonly string[]): Readonly<Record<string, string>> => ({
  name: 'metadata.name',
  ...Object.fromEntries(names.map(name => [name, `spec.quota.hard[${name}]`])),
});

/** A new one, or `before` with other limits: its revision says which it was. */
export function quotaOf(name: string, amounts: Amounts, before?: WorkspaceQuota): WorkspaceQuota {
  const { resourceVersion } = before?.metadata ?? {};
  return {
    apiVersion: 'quota.kubesphere.io/v1alpha2',
    kind: 'ResourceQuota',
    metadata: { name: name.trim(), ...(resourceVersion && { resourceVersion }) },
    spec: { ...before?.spec, quota: { ...before?.spec.quota, hard: { ...amountsOf(amounts) } } },
  };
}

/** A quota is called like its workspace, the next ones are numbered. */
export function freeName(workspace: string, taken: readonly string[]): string {
  for (let number = 1; ; number++) {
    const name = number === 1 ? workspace : `${workspace}-${number}`;
    if (!taken.includes(name)) return name;
  }
}
