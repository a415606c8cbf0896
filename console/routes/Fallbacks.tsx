import { Button } from '@mantine/core';
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { CircleOff, TriangleAlert } from 'lucide-react';
import { PageFrame } from '../blocks/PageFrame.tsx';
import { useMessages } from '../ui/locale.ts';
import { common } from '../ui/messages.data.ts';
import { Notice } from '../ui/Notice.tsx';
import { shellMessages } from './shell/messages.data.ts';

/** No page has this address, or its feature is off. */
export function Missing() {
  const t = useMessages(common);
  const s = useMessages(shellMessages);
  return (
    <PageFrame title={t('missing')}>
      <Notice icon={CircleOff} title={t('missingHint')} actions={<Link to="/">{s('home')}</Link>} />
    </PageFrame>
  );
}

/** A mistake of ours: it says what it was, so that it can be told. */
export function Crashed({ error, reset }: ErrorComponentProps) {
  const t = useMessages(common);
  return (
    <Notice
      icon={TriangleAlert}
      title={t('crashed')}
      urgent
      actions={
        <Button variant="default" onClick={reset}>
          {t('again')}
        </Button>
      }
    >
      {error instanceof Error ? error.message : String(error)}
    </Notice>
  );
}
