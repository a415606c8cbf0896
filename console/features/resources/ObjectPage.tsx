import { useNavigate } from '@tanstack/react-router';
import type { KubeObject } from '@orrery/machinery/meta';
import { resources as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { DetailFrame } from '../../blocks/DetailFrame.tsx';
import type { PageComponent } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { RowMenu } from '../../blocks/table/RowMenu.tsx';
import { useCluster } from '../../data/context.ts';
import { useLive } from '../../data/live.ts';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages, useText } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useObjectActions } from './actions/useObjectActions.tsx';
import { CellView, StateBadge } from './Cells.tsx';
import { nameOf, viewOf } from './kinds/index.ts';
import type { KindName } from '../../blocks/kinds/names.data.ts';
import { listHref } from './links.ts';
import { messages } from './messages.data.ts';
import { tabsFor } from './tabs/index.tsx';

export interface ObjectParams {
  readonly cluster: string;
  readonly namespace?: string;
  readonly name: string;
}

export const objectPage = (resource: string): PageComponent<{ readonly params: ObjectParams }> =>
  function Page({ params }) {
    const kind = nameOf(resource, params.namespace !== undefined);
    return <ObjectPage key={`${params.namespace}/${params.name}`} kind={kind} {...params} />;
  };

export function AnyObjectPage({ params }: { readonly params: ObjectParams & { readonly resource: string } }) {
  const kind = nameOf(params.resource, params.namespace !== undefined);
  return <ObjectPage key={`${params.namespace}/${params.name}`} kind={kind} {...params} />;
}

function ObjectPage({ kind, namespace, name }: ObjectParams & { readonly kind: KindName }) {
  const path = { resources: kind.resource, name, ...(namespace && { namespace }) } as never;
  const { data, error, gone } = useLive(namespace ? routes.getIn : routes.get, { path });
  if (!data) return <PageFrame title={name}>{error && <Problem error={error} />}</PageFrame>;
  return <Shown kind={kind} object={data} gone={gone} />;
}

interface ShownProps {
  readonly kind: KindName;
  readonly object: KubeObject;
  readonly gone: boolean;
}

/** Buttons beside the title; the others are behind the dots. */
const buttonsMax = 2;

function Shown({ kind, object, gone }: ShownProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const text = useText();
  const navigate = useNavigate();
  const { columns, facts = columns, state, tabs = [] } = viewOf(kind.resource);
  const { name = '', namespace, creationTimestamp } = object.metadata;
  const where = { cluster: useCluster(), ...(namespace && { namespace }) };
  const { rows, dialogs } = useObjectActions(kind, object, () => void navigate({ to: listHref(kind.resource, where) }));
  return (
    <>
      <DetailFrame
        title={name}
        description={text(kind.one)}
        badge={gone ? <Badge tone="bad">{t('gone')}</Badge> : state && <StateBadge state={state(object)} />}
        actions={
          !gone && (
            <>
              {rows.slice(0, buttonsMax).map(({ key, title, icon, question, disabledReason, onRun }) => (
                <Action
                  key={key}
                  icon={icon}
                  question={question?.(object)}
                  disabledReason={disabledReason?.(object)}
                  onRun={() => onRun(object)}
                >
                  {title}
                </Action>
              ))}
              {rows.length > buttonsMax && <RowMenu row={object} actions={rows.slice(buttonsMax)} />}
            </>
          )
        }
        facts={[
          ...facts
            .filter(({ key }) => key !== 'status')
            .map(({ title, cell }) => ({
              label: text(title),
              value: <CellView cell={cell(object)} namespace={namespace} />,
            })),
          { label: c('created'), value: <Age time={creationTimestamp} /> },
        ]}
        tabs={tabsFor(typeof tabs === 'function' ? tabs(object) : tabs, { kind, object }, t)}
      />
      {dialogs}
    </>
  );
}
