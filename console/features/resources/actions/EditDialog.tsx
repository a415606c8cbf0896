import { useEffect, useRef, useState } from 'react';
import { Button } from '@mantine/core';
import type { KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { printYaml, readDocuments } from '../../../blocks/yaml/documents.ts';
import { YamlDialog } from '../../../blocks/yaml/YamlDialog.tsx';
import yamlStyles from '../../../blocks/yaml/yaml.module.css';
import { useClusterData } from '../../../data/context.ts';
import { problemOf } from '../../../data/problems.ts';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import type { KindName } from '../../../blocks/kinds/names.data.ts';
import { messages } from '../messages.data.ts';
import { AsCommand } from './AsCommand.tsx';
import { placeOf, replaced } from './calls.ts';
import { useWrite } from './useWrite.ts';

interface EditDialogProps {
  readonly kind: KindName;
  readonly object: KubeObject;
  readonly close: () => void;
}

/** Changing an object as YAML. When somebody else was faster, one sees what he did and decides. */
export function EditDialog({ kind, object, close }: EditDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const { native } = useClusterData();
  const { send } = useWrite();
  const [text, setText] = useState<string>();
  const [theirs, setTheirs] = useState<KubeObject>();
  const place = useRef(placeOf(object, kind)).current;
  const name = object.metadata.name ?? '';
  const toast = useRef(toasts).current;
  const leave = useRef(close);
  leave.current = close;
  // As it is now, also where the list had only a part of it.
  useEffect(() => {
    native.get<KubeObject>(place, place.name, { namespace: place.namespace }).then(
      now => setText(printYaml(now)),
      (error: unknown) => {
        toast.show({ tone: 'bad', title: problemOf(error).message });
        leave.current();
      },
    );
  }, [native, place, toast]);
  if (text === undefined) return null;
  const conflict = async () => {
    const now = await native.get<KubeObject>(place, place.name, { namespace: place.namespace });
    setTheirs(now);
  };
  const overwrite = () => {
    const [mine] = readDocuments(text).objects;
    if (mine && theirs)
      setText(printYaml({ ...mine, metadata: { ...mine.metadata, resourceVersion: theirs.metadata.resourceVersion } }));
    setTheirs(undefined);
  };
  return (
    <YamlDialog
      title={t('editTitle', { name })}
      text={text}
      onText={setText}
      close={close}
      submit={c('save')}
      send={(mine, dryRun) => send(replaced(mine, place, { dryRun }))}
      against={theirs && printYaml(theirs)}
      onDone={() => {
        toasts.show({ tone: 'good', title: t('saved', { name }) });
        close();
      }}
      onError={async error => {
        if (!(error instanceof StatusError) || error.reason !== 'Conflict') return false;
        await conflict();
        return true;
      }}
      notice={
        theirs && (
          <div className={yamlStyles.conflict} role="alert">
            <span>{t('conflict')}</span>
            <Button
              size="compact-sm"
              variant="default"
              onClick={() => {
                setText(printYaml(theirs));
                setTheirs(undefined);
              }}
            >
              {t('takeTheirs')}
            </Button>
            <Button size="compact-sm" variant="default" onClick={overwrite}>
              {t('keepMine')}
            </Button>
          </div>
        )
      }
      foot={<AsCommand write={{ ...replaced(readDocuments(text).objects[0] ?? object, place) }} />}
    />
  );
}
