import { useEffect, useRef, useState } from 'react';
import { Modal } from '@mantine/core';
import { GitCompare, Undo2 } from 'lucide-react';
import { Action } from '../../../blocks/Action.tsx';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { printValue } from '../../../blocks/yaml/documents.ts';
import { YamlEditor } from '../../../blocks/yaml/YamlEditor.tsx';
import { useCall } from '../../../data/calls.ts';
import { Age } from '../../../ui/Age.tsx';
import { Badge } from '../../../ui/Badge.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { text } from '../../../util/messages.ts';
import type { ObjectAction } from '../actions/actions.ts';
import { rolledBack } from '../actions/calls.ts';
import { ConfirmAction } from '../actions/ConfirmAction.tsx';
import styles from '../resources.module.css';
import type { TabProps } from '../tabs/index.tsx';
import { revisionMessages } from './messages.data.ts';
import { fieldOf, revisionRoutes, valueText, type Difference } from './revisions.ts';

/** The templates that a workload had, what is different in them, and the way back. */
export default function Revisions({ kind, object }: TabProps) {
  const t = useMessages(revisionMessages);
  const { name = '', namespace = '', resourceVersion } = object.metadata;
  const routes = revisionRoutes[kind.resource]!;
  const path = { namespace, name };
  const { data, error, again } = useCall(routes.list, { path });
  const [compared, setCompared] = useState<number>();
  const [target, setTarget] = useState<number>();
  // Whatever changes the workload may have made another revision.
  const seen = useRef(resourceVersion);
  const reread = useRef(again);
  reread.current = again;
  useEffect(() => {
    if (seen.current !== resourceVersion) reread.current();
    seen.current = resourceVersion;
  }, [resourceVersion]);
  if (error) return <Problem error={error} again={again} />;
  if (!data) return null;
  return (
    <>
      <PlainTable
        label={t('title')}
        head={[t('revision'), t('images'), t('cause'), t('age'), '']}
        empty={t('none')}
        rows={data.items.map(({ revision, images, changeCause, createTime, current }) => [
          <span key="revision" className={styles.revision}>
            {revision} {current && <Badge tone="good">{t('current')}</Badge>}
          </span>,
          images.join(', '),
          changeCause,
          <span key="age" className={styles.revision}>
            <Age time={createTime} />
          </span>,
          !current && (
            <span key="do" className={styles.revision}>
              <Action icon={GitCompare} onRun={() => setCompared(revision)}>
                {t('compare')}
              </Action>
              <Action icon={Undo2} question={{ route: routes.rollBack, path }} onRun={() => setTarget(revision)}>
                {t('rollBack')}
              </Action>
            </span>
          ),
        ])}
      />
      {compared !== undefined && (
        <Compared kind={kind} object={object} revision={compared} close={() => setCompared(undefined)} />
      )}
      {target !== undefined && (
        <ConfirmAction kind={kind} object={object} action={backTo(target)} close={() => setTarget(undefined)} />
      )}
    </>
  );
}

const backTo = (revision: number): ObjectAction => ({
  title: text('Roll back', '回退'),
  consequence: text(
    `The template of revision ${revision} becomes the current one again.`,
    `将恢复为版本 ${revision} 的模板。`,
  ),
  icon: Undo2,
  verb: 'patch',
  write: (_object, place) => rolledBack(place, revision),
  done: text('{{name}} goes back', '正在回退 {{name}}'),
});

interface ComparedProps extends TabProps {
  readonly revision: number;
  readonly close: () => void;
}

function Compared({ kind, object, revision, close }: ComparedProps) {
  const t = useMessages(revisionMessages);
  const c = useMessages(common);
  const { name = '', namespace = '' } = object.metadata;
  const path = { namespace, name, revision: String(revision) };
  const { data, error } = useCall(revisionRoutes[kind.resource]!.diff, { path });
  return (
    <Modal
      opened
      onClose={close}
      title={t('difference', { revision })}
      closeButtonProps={{ 'aria-label': c('close') }}
      size={900}
    >
      {error && <Problem error={error} />}
      {data && <Changes difference={data} revision={revision} />}
    </Modal>
  );
}

function Changes({ difference, revision }: { readonly difference: Difference; readonly revision: number }) {
  const t = useMessages(revisionMessages);
  const { changes, before, after } = difference;
  if (changes.length === 0) return <p>{t('same')}</p>;
  return (
    <div className={styles.entries}>
      <PlainTable
        label={t('changes', { count: changes.length })}
        title={t('changes', { count: changes.length })}
        head={[t('field'), t('before', { revision }), t('after')]}
        empty={t('same')}
        rows={changes.map(({ path, before, after }) => [
          <code key="path">{fieldOf(path)}</code>,
          valueText(before),
          valueText(after),
        ])}
      />
      <YamlEditor
        label={t('difference', { revision })}
        value={printValue(after)}
        against={printValue(before)}
        readOnly
        height="46vh"
      />
    </div>
  );
}
