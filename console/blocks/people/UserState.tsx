import type { User } from '@orrery/platform-kinds/types';
import { annotations } from '@orrery/platform-kinds/names';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { peopleMessages } from './messages.data.ts';

/** Whether somebody can log in. */
export function UserState({ user: { metadata, status } }: { readonly user: User }) {
  const t = useMessages(peopleMessages);
  if (status?.state === 'Disabled') return <Badge tone="quiet">{t('disabled')}</Badge>;
  if (status?.state === 'AuthLimitExceeded') return <Badge tone="warn">{t('limited')}</Badge>;
  if (metadata.annotations?.[annotations.uninitialized] === 'true') return <Badge tone="warn">{t('waiting')}</Badge>;
  return <Badge tone="good">{t('active')}</Badge>;
}
