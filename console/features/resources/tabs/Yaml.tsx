import { useState } from 'react';
import { Button, Checkbox } from '@mantine/core';
import { RefreshCw } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { CopyButton } from '../../../blocks/CopyButton.tsx';
import { printYaml } from '../../../blocks/yaml/documents.ts';
import { YamlEditor } from '../../../blocks/yaml/YamlEditor.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { kubectlType, placeOf } from '../actions/calls.ts';
import { messages } from '../messages.data.ts';
import styles from '../resources.module.css';
import type { TabProps } from './index.tsx';

/** The object as it was when one came here: what one reads does not move. Newer ones are offered. */
export function Yaml({ kind, object }: TabProps) {
  const t = useMessages(messages);
  const [shown, setShown] = useState<KubeObject>(object);
  const [managed, setManaged] = useState(false);
  const place = placeOf(object, kind);
  const text = printYaml(hidden(shown), managed);
  const command = `kubectl${place.namespace ? ` -n ${place.namespace}` : ''} get ${kubectlType(place)} ${place.name} -o yaml`;
  return (
    <div className={styles.yaml}>
      <div className={styles.tools}>
        <code className={styles.code}>{command}</code>
        {shown.metadata.resourceVersion !== object.metadata.resourceVersion && (
          <Button
            variant="light"
            size="compact-sm"
            leftSection={<RefreshCw size={13} />}
            onClick={() => setShown(object)}
          >
            {t('showNewest')}
          </Button>
        )}
        <Checkbox
          size="xs"
          label="managedFields"
          checked={managed}
          onChange={event => setManaged(event.currentTarget.checked)}
        />
        <CopyButton text={text} />
      </div>
      <YamlEditor label={t('tab_yaml')} value={text} readOnly height="min(62vh, 720px)" />
    </div>
  );
}

/** Values of secrets are shown in their own tab only. */
function hidden(object: KubeObject): KubeObject {
  if (object.kind !== 'Secret') return object;
  const { data, ...rest } = object as KubeObject & { readonly data?: Readonly<Record<string, string>> };
  return {
    ...rest,
    ...(data && { data: Object.fromEntries(Object.keys(data).map(key => [key, '••••••••'])) }),
  } as KubeObject;
}
