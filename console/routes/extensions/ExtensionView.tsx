import { Button } from '@mantine/core';
import type { ErrorComponentProps } from '@tanstack/react-router';
import { Unplug } from 'lucide-react';
import type { PageComponent } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useMessages, useText } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { Notice } from '../../ui/Notice.tsx';
import type { Params } from '../../util/paths.ts';
import { extensionMessages } from './messages.data.ts';
import type { ExtensionPage, Locales } from './read.ts';
import { ExtensionContext } from './texts.ts';

type View = PageComponent<{ readonly params: Params }>;

/** The page that a script brings, with its texts. */
export function viewOf({ extension, route }: ExtensionPage, locales: Locales): View {
  const texts = { extension, locales };
  const Component = route?.component;
  return ({ params }) => (
    <ExtensionContext value={texts}>{Component ? <Component params={params} /> : route?.element}</ExtensionContext>
  );
}

/** In the place of a page whose script failed: everything around it goes on. */
export const crashOf = ({ extension, title }: ExtensionPage) =>
  function Crash({ error, reset }: ErrorComponentProps) {
    const t = useMessages(extensionMessages);
    const c = useMessages(common);
    const text = useText();
    return (
      <PageFrame title={text(title)}>
        <Notice
          icon={Unplug}
          title={t('crashed', { extension })}
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
