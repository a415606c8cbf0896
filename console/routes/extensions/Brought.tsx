import { Button } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Unplug } from 'lucide-react';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useMessages, useText } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { Notice } from '../../ui/Notice.tsx';
import type { Params } from '../../util/paths.ts';
import { Missing } from '../Fallbacks.tsx';
import { Placed } from '../Placed.tsx';
import type { ExtensionHost } from './host.ts';
import { extensionMessages } from './messages.data.ts';
import { knownPageOf } from './pages.tsx';
import { useExtensions } from './useExtensions.ts';
import { viewOf } from './view.tsx';

interface BroughtProps {
  readonly host: ExtensionHost;
  /** As the console writes it. */
  readonly path: string;
  readonly params: Params;
}

const usePage = (host: ExtensionHost, path: string) => {
  const { pages, scripts } = useExtensions(host);
  const page = pages.find(each => each.path === path && each.route !== undefined);
  return { page, scripts };
};

/** The page that an extension has at a path now; it may have gone since. */
export function Brought({ host, path, params }: BroughtProps) {
  const { page, scripts } = usePage(host, path);
  if (!page) return <Missing host={host} />;
  return <Placed page={knownPageOf(page, scripts)} params={params} View={viewOf(page, scripts)} />;
}

/** In the place of a page whose script failed: everything around it goes on. */
export const crashAt = (host: ExtensionHost, path: string) =>
  function Crash({ error, reset }: ErrorComponentProps) {
    const t = useMessages(extensionMessages);
    const c = useMessages(common);
    const text = useText();
    const { page } = usePage(host, path);
    if (!page) return <Missing host={host} />;
    return (
      <PageFrame title={text(page.title)}>
        <Notice
          icon={Unplug}
          title={t('crashed', { extension: page.extension })}
          urgent
          actions={
            <Button variant="default" onClick={reset}>
              {c('again')}
            </Button>
          }
        >
          {error instanceof Error ? error.message : String(error)}
        </Notice>
      </PageFrame>
    );
  };
