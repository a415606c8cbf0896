import type { ReactNode } from 'react';
import { Button } from '@mantine/core';
import { CircleOff, Lock, TriangleAlert, Unplug } from 'lucide-react';
import { problemOf } from '../data/problems.ts';
import { common } from '../ui/messages.data.ts';
import { Notice } from '../ui/Notice.tsx';
import { useMessages } from '../ui/locale.ts';

const icons = { refused: Lock, missing: CircleOff, away: Unplug, failed: TriangleAlert } as const;

/** Why something cannot be shown: the platform's own reason, and what to do. */
export function Problem({ error, again, actions }: { error: unknown; again?: () => void; actions?: ReactNode }) {
  const t = useMessages(common);
  const { kind, message } = problemOf(error);
  const hint = kind === 'missing' ? t('missingHint') : kind === 'away' ? t('awayHint') : undefined;
  return (
    <Notice
      icon={icons[kind]}
      title={t(kind)}
      urgent
      actions={
        actions ??
        (again && kind !== 'refused' && (
          <Button variant="default" onClick={again}>
            {t('again')}
          </Button>
        ))
      }
    >
      {hint ? `${hint} ${message}` : message}
    </Notice>
  );
}
