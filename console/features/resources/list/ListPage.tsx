import { lazy, Suspense, useState } from 'react';
import { Plus } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { resources as routes } from '@orrery/platform-contract/features';
import { Action } from '../../../blocks/Action.tsx';
import { AgeCell, NameCell, TextCell } from '../../../blocks/cells.tsx';
import type { PageComponent } from '../../../blocks/page.ts';
import { PageFrame } from '../../../blocks/PageFrame.tsx';
import { useDialog, useSearch } from '../../../blocks/place.ts';
import { ResourceTable } from '../../../blocks/ResourceTable.tsx';
import type { Column } from '../../../blocks/table.ts';
import { FilterSelect } from '../../../blocks/table/FilterSelect.tsx';
import { useMessages, useText } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { useObjectActions } from '../actions/useObjectActions.tsx';
import { CellView } from '../Cells.tsx';
import { nameOf, viewOf } from '../kinds/index.ts';
import type { KindName } from '../../../blocks/kinds/names.data.ts';
import { listHref } from '../links.ts';
import { messages } from '../messages.data.ts';

const CreateDialog = lazy(() =>
  import('../actions/CreateDialog.tsx').then(({ CreateDialog }) => ({ default: CreateDialog })),
);

/** Of a project, or over all projects, or of the cluster. */
export interface ListParams {
  readonly cluster: string;
  readonly namespace?: string;
}

export const listPage = (resource: string): PageComponent<{ readonly params: ListParams }> =>
  function Page({ params }) {
    return <List key={resource} kind={nameOf(resource, true)} {...params} />;
  };

/** For kinds that nobody has described: their name is in the address. */
export function AnyListPage({ params }: { readonly params: ListParams & { readonly resource: string } }) {
  return <List key={params.resource} kind={nameOf(params.resource, params.namespace !== undefined)} {...params} />;
}

export function List({ kind, cluster, namespace }: ListParams & { readonly kind: KindName }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const text = useText();
  const view = viewOf(kind.resource);
  const create = useDialog('create');
  const status = useSearch()['status'];
  const actions = useObjectActions(kind);
  const [starts] = useState(() => namespace ?? 'default');
  const across = kind.namespaced && namespace === undefined;
  const hrefOf = ({ metadata }: KubeObject) =>
    `${listHref(kind.resource, { cluster, ...(metadata.namespace && { namespace: metadata.namespace }) })}/${metadata.name}`;
  const columns: Column<KubeObject>[] = [
    { key: 'name', title: c('name'), sortBy: 'name', cell: row => <NameCell row={row} href={hrefOf(row)} /> },
    ...view.columns.map(({ title, cell, ...column }) => ({
      ...column,
      title: text(title),
      cell: (row: KubeObject) => <CellView cell={cell(row)} namespace={row.metadata.namespace} />,
    })),
    ...(across
      ? [
          {
            key: 'project',
            title: t('project'),
            cell: (row: KubeObject) => <TextCell>{row.metadata.namespace}</TextCell>,
          },
        ]
      : []),
    { key: 'age', title: c('created'), sortBy: 'createTime', width: '110px', cell: row => <AgeCell row={row} /> },
  ];
  const createButton = (variant: 'primary' | 'plain') =>
    canCreate(kind) && (
      <Action
        icon={Plus}
        variant={variant}
        question={{ verb: 'create', group: kind.group, resource: kind.resource, ...(namespace && { namespace }) }}
        onRun={create.open}
      >
        {c('create')}
      </Action>
    );
  return (
    <PageFrame title={text(kind.title)} description={view.about && text(view.about)} actions={createButton('primary')}>
      <ResourceTable<KubeObject>
        label={text(kind.title)}
        route={namespace ? routes.listIn : routes.list}
        path={{ resources: kind.resource, ...(namespace && { namespace }) }}
        query={status ? { status } : undefined}
        href={hrefOf}
        columns={columns}
        actions={actions.rows}
        filters={view.filters && <StatusFilter filters={view.filters} />}
        empty={{
          icon: kind.icon,
          title: t(status ? 'noneInState' : 'none'),
          text: status ? t('noneInStateText') : view.about ? text(view.about) : t('noneText'),
          action: status ? undefined : createButton('plain'),
        }}
      />
      <Suspense fallback={null}>
        {create.opened && <CreateDialog kind={kind} namespace={starts} close={create.close} />}
      </Suspense>
      {actions.dialogs}
    </PageFrame>
  );
}

/** What cannot be made by hand, and what is made elsewhere. */
const canCreate = ({ resource, version }: KindName): boolean =>
  version !== '' && !['nodes', 'replicasets', 'namespaces'].includes(resource);

function StatusFilter({ filters }: { readonly filters: Readonly<Record<string, { en: string; zh: string }>> }) {
  const t = useMessages(messages);
  const text = useText();
  const choices = Object.entries(filters).map(([value, word]) => ({ value, title: text(word) }));
  return <FilterSelect name="status" label={t('status')} any={t('anyStatus')} choices={choices} />;
}
