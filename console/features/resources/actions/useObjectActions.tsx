import { lazy, Suspense, useState, type ReactNode } from 'react';
import { FileCode2, Trash2 } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { ConfirmDelete } from '../../../blocks/ConfirmDelete.tsx';
import type { RowAction } from '../../../blocks/table.ts';
import type { Question } from '../../../data/questions.ts';
import { useMessages, useText } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import type { KindName } from '../../../blocks/kinds/names.data.ts';
import type { ActionName } from '../kinds/view.ts';
import { viewOf } from '../kinds/index.ts';
import { messages } from '../messages.data.ts';
import { actionFor, type ObjectAction } from './actions.ts';
import { AsCommand } from './AsCommand.tsx';
import { deleted, placeOf } from './calls.ts';
import { ConfirmAction } from './ConfirmAction.tsx';
import { useWrite } from './useWrite.ts';

/** YAML is read when somebody writes it. */
const EditDialog = lazy(() => import('./EditDialog.tsx').then(({ EditDialog }) => ({ default: EditDialog })));

export interface ObjectActions {
  readonly rows: readonly RowAction<KubeObject>[];
  /** To be put somewhere on the page. */
  readonly dialogs: ReactNode;
}

type Open =
  | { readonly what: 'delete' | 'edit'; readonly object: KubeObject }
  | { readonly what: 'confirm'; readonly object: KubeObject; readonly action: ObjectAction };

/** What can be done to objects of a kind: for rows of a table and for the head of an object's page. `onGone` after a deletion. */
export function useObjectActions(kind: KindName, object?: KubeObject, onGone?: () => void): ObjectActions {
  const c = useMessages(common);
  const t = useMessages(messages);
  const text = useText();
  const [open, setOpen] = useState<Open>();
  const { send } = useWrite();
  const close = () => setOpen(undefined);
  const may = (row: KubeObject, verb: string, more: object = {}): Question => {
    const { group, resource, name, namespace } = placeOf(row, kind);
    return { verb, group, resource, ...(namespace && { namespace }), name, ...more };
  };
  // In a table the word is that of any row: what fits is decided when it is done.
  const known = (name: ActionName): RowAction<KubeObject> => {
    const action = actionFor[name](object ?? ({ metadata: {}, spec: {} } as KubeObject));
    return {
      key: name,
      title: text(action.title),
      icon: action.icon,
      question: row => {
        const { verb, subresource, makes } = action;
        if (makes) return { verb, ...makes, ...(row.metadata.namespace && { namespace: row.metadata.namespace }) };
        return may(row, verb, { ...(subresource && { subresource }) });
      },
      disabledReason: row => (row.metadata.deletionTimestamp ? t('isLeaving') : undefined),
      onRun: row => setOpen({ what: 'confirm', object: row, action: actionFor[name](row) }),
    };
  };
  const rows: RowAction<KubeObject>[] = [
    ...(viewOf(kind.resource).actions ?? []).map(known),
    {
      key: 'edit',
      title: t('editYaml'),
      icon: FileCode2,
      question: row => may(row, 'update'),
      onRun: row => setOpen({ what: 'edit', object: row }),
    },
    {
      key: 'delete',
      title: c('delete'),
      icon: Trash2,
      danger: true,
      question: row => may(row, 'delete'),
      disabledReason: row => (row.metadata.deletionTimestamp ? t('isLeaving') : undefined),
      onRun: row => setOpen({ what: 'delete', object: row }),
    },
  ];
  const leaving = open?.what === 'delete' ? deleted(placeOf(open.object, kind)) : undefined;
  const dialogs = (
    <>
      <ConfirmDelete
        name={open?.what === 'delete' ? open.object.metadata.name : undefined}
        consequence={t('deleteText')}
        close={close}
        onDelete={() => send(leaving!)}
        onDone={onGone}
      >
        {leaving && <AsCommand write={leaving} />}
      </ConfirmDelete>
      {open?.what === 'confirm' && (
        <ConfirmAction kind={kind} object={open.object} action={open.action} close={close} />
      )}
      <Suspense fallback={null}>
        {open?.what === 'edit' && <EditDialog kind={kind} object={open.object} close={close} />}
      </Suspense>
    </>
  );
  return { rows, dialogs };
}
