/** Objects that belong to another, as tables of their own kind. */
import type { CronJob, Deployment, Job, Node, Service } from '@orrery/kinds/types';
import type { KubeObject } from '@orrery/machinery/meta';
import { resources as routes } from '@orrery/platform-contract/features';
import { AgeCell, NameCell, TextCell } from '../../../blocks/cells.tsx';
import { ResourceTable } from '../../../blocks/ResourceTable.tsx';
import type { RowAction } from '../../../blocks/table.ts';
import { useCluster } from '../../../data/context.ts';
import { useMessages, useText } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import type { Search } from '../../../util/table-search.ts';
import { useObjectActions } from '../actions/useObjectActions.tsx';
import { CellView } from '../Cells.tsx';
import { nameOf, viewOf } from '../kinds/index.ts';
import { selectorText } from '../kinds/objects.ts';
import { objectHref } from '../links.ts';
import { messages } from '../messages.data.ts';
import type { TabProps } from './index.tsx';

interface RelatedProps {
  readonly resource: string;
  /** Of all projects unless given. */
  readonly namespace?: string;
  readonly query?: Search;
  readonly namespaced?: boolean;
  readonly actions?: readonly RowAction<KubeObject>[];
  /** Columns that say the same in every row. */
  readonly without?: readonly string[];
}

export function Related({ resource, namespace, query, namespaced = true, actions, without = [] }: RelatedProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const say = useText();
  const cluster = useCluster();
  const kind = nameOf(resource, namespaced);
  const own = useObjectActions(kind);
  const hrefOf = ({ metadata }: KubeObject) =>
    objectHref(resource, metadata.name ?? '', {
      cluster,
      ...(metadata.namespace && { namespace: metadata.namespace }),
    });
  return (
    <>
      <ResourceTable<KubeObject>
        label={say(kind.title)}
        route={namespace ? routes.listIn : routes.list}
        path={{ resources: resource, ...(namespace && { namespace }) }}
        query={query}
        initial={{ limit: 10 }}
        href={hrefOf}
        columns={[
          { key: 'name', title: c('name'), sortBy: 'name', cell: row => <NameCell row={row} href={hrefOf(row)} /> },
          ...(namespaced && !namespace
            ? [
                {
                  key: 'project',
                  title: t('project'),
                  cell: (row: KubeObject) => <TextCell>{row.metadata.namespace}</TextCell>,
                },
              ]
            : []),
          ...viewOf(resource)
            .columns.filter(({ key }) => !without.includes(key))
            .map(({ title, cell, ...column }) => ({
              ...column,
              title: say(title),
              cell: (row: KubeObject) => <CellView cell={cell(row)} namespace={row.metadata.namespace} />,
            })),
          { key: 'age', title: c('created'), sortBy: 'createTime', width: '110px', cell: row => <AgeCell row={row} /> },
        ]}
        actions={actions ?? own.rows}
        empty={{ icon: kind.icon, title: t('none'), text: t('noneText') }}
      />
      {own.dialogs}
    </>
  );
}

/** The pods that its selector chooses; none for a service without one. */
export function OwnPods({ object }: TabProps) {
  const t = useMessages(messages);
  const { spec } = object as Deployment | Job | Service;
  const selector = spec?.selector as Deployment['spec'] extends infer S
    ? S extends { selector: infer L }
      ? L
      : never
    : never;
  const isPlain = object.kind === 'Service';
  const labels = selectorText(isPlain ? { matchLabels: selector as Record<string, string> } : selector);
  if (labels === undefined) return <p>{t('noSelector')}</p>;
  return <Related resource="pods" namespace={object.metadata.namespace} query={{ labelSelector: labels }} />;
}

export const NodePods = ({ object }: TabProps) => (
  <Related resource="pods" query={{ nodeName: (object as Node).metadata.name ?? '' }} without={['node']} />
);

export const CronJobJobs = ({ object }: TabProps) => (
  <Related
    resource="jobs"
    namespace={object.metadata.namespace}
    query={{ ownerReference: (object as CronJob).metadata.uid ?? '' }}
  />
);

/** The objects of a kind that somebody defined. */
export function DefinedObjects({ object }: TabProps) {
  const { spec, metadata } = object as KubeObject & { readonly spec: { readonly scope: string } };
  return <Related resource={metadata.name ?? ''} namespaced={spec.scope === 'Namespaced'} actions={[]} />;
}
