import { Lock } from 'lucide-react';
import { terminal as routes } from '@orrery/platform-contract/features';
import { Button } from '@mantine/core';
import { SquareTerminal } from 'lucide-react';
import { useState } from 'react';
import { useReason } from '../../../blocks/Action.tsx';
import { Session } from '../../../blocks/terminal/Session.tsx';
import { useAccess } from '../../../data/calls.ts';
import { useMessages } from '../../../ui/locale.ts';
import { Notice } from '../../../ui/Notice.tsx';
import type { TabProps } from '../tabs/index.tsx';
import { nodeMessages } from './messages.data.ts';

/** A shell of the machine itself, for who may. It is opened by a press only: a pod is made for it. */
export default function NodeTerminal({ object }: TabProps) {
  const t = useMessages(nodeMessages);
  const { name = '' } = object.metadata;
  const question = { route: routes.node, path: { node: name } };
  const access = useAccess(question);
  const reason = useReason(question);
  const [opened, setOpened] = useState(false);
  if (access === undefined) return null;
  if (!access.allowed)
    return (
      <Notice icon={Lock} title={t('mayNot')}>
        {reason}
      </Notice>
    );
  if (!opened)
    return (
      <Notice
        icon={SquareTerminal}
        title={t('shell')}
        actions={<Button onClick={() => setOpened(true)}>{t('open')}</Button>}
      >
        {t('shellText')}
      </Notice>
    );
  return (
    <Session
      label={t('terminalOf', { node: name })}
      whenRefused={t('refused')}
      path={routes.node.paths[0]!.replace('{node}', encodeURIComponent(name))}
    />
  );
}
