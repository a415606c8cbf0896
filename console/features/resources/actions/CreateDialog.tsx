import { useRef, useState } from 'react';
import { parseApiVersion, type KubeObject } from '@orrery/machinery/meta';
import { StatusError } from '@orrery/machinery/status';
import { YamlDialog } from '../../../blocks/yaml/YamlDialog.tsx';
import { useClusterData } from '../../../data/context.ts';
import { useMessages, useText } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { exampleOf } from '../kinds/examples.data.ts';
import type { KindName } from '../../../blocks/kinds/names.data.ts';
import { messages } from '../messages.data.ts';
import { created } from './calls.ts';
import { createDiscovery } from './discovery.ts';
import { useWrite } from './useWrite.ts';

interface CreateDialogProps {
  readonly kind: KindName;
  /** Where what names no project goes. */
  readonly namespace: string;
  readonly close: () => void;
}

/** Making objects of any kind from YAML, starting from an example. Several documents are made in their order. */
export function CreateDialog({ kind, namespace, close }: CreateDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const text = useText();
  const toasts = useToasts();
  const { native } = useClusterData();
  const { send } = useWrite();
  const [written, setWritten] = useState(() => exampleOf(kind.resource, namespace));
  const discovery = useRef(createDiscovery(native)).current;
  const made = useRef(new Set<string>()).current;
  const create = async (given: KubeObject, dryRun: boolean) => {
    const { group, version } = parseApiVersion(given.apiVersion ?? '');
    const found = await discovery(group, version, given.kind ?? '');
    if (!found)
      throw new StatusError(
        400,
        'BadRequest',
        t('noKind', { kind: given.kind ?? '', version: given.apiVersion ?? '' }),
      );
    const object = found.namespaced
      ? { ...given, metadata: { ...given.metadata, namespace: given.metadata.namespace ?? namespace } }
      : given;
    const id = JSON.stringify([given.apiVersion, given.kind, object.metadata.namespace, given.metadata.name]);
    // Made by an earlier try of which a later document failed.
    if (made.has(id)) return;
    const place = { group, version, resource: found.resource, name: given.metadata.name ?? '' };
    const inProject = found.namespaced ? { namespace: object.metadata.namespace! } : {};
    await send(created(object, { ...place, ...inProject }, { dryRun }));
    if (!dryRun) made.add(id);
  };
  return (
    <YamlDialog
      title={t('createTitle', { kind: text(kind.one) })}
      description={t('createText')}
      text={written}
      onText={setWritten}
      close={close}
      submit={c('create')}
      send={create}
      onDone={objects => {
        const [first] = objects;
        const name = first?.metadata.name ?? first?.metadata.generateName ?? '';
        toasts.show({ tone: 'good', title: t('created', { name, count: objects.length }) });
        close();
      }}
    />
  );
}
