import { Button } from '@mantine/core';
import { Link, type ErrorComponentProps } from '@tanstack/react-router';
import { CircleOff, TriangleAlert, Unplug } from 'lucide-react';
import { PageFrame } from '../blocks/PageFrame.tsx';
import { useMessages } from '../ui/locale.ts';
import { common } from '../ui/messages.data.ts';
import { Notice } from '../ui/Notice.tsx';
import type { ExtensionHost } from './extensions/host.ts';
import { extensionMessages } from './extensions/messages.data.ts';
import { useExtensions } from './extensions/useExtensions.ts';
import { shellMessages } from './shell/messages.data.ts';

/** No page has this address, or its feature is off. */
export function Missing({ host }: { readonly host?: ExtensionHost }) {
  const t = useMessages(common);
  const s = useMessages(shellMessages);
  const e = useMessages(extensionMessages);
  const { settled, troubles } = useExtensions(host);
  // It may be on its way with the script of an extension.
  if (!settled) return null;
  return (
    <PageFrame title={t('missing')}>
      <Notice icon={CircleOff} title={t('missingHint')} actions={<Link to="/">{s('home')}</Link>} />
      {troubles.map(({ extension, message }) => (
        <Notice key={`${extension} ${message}`} icon={Unplug} title={e('notLoaded', { extension })}>
          {message}
        </Notice>
      ))}
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
