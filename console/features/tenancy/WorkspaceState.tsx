import type { WorkspaceTemplate } from '@orrery/platform-kinds/types';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';

export function WorkspaceState({ workspace: { metadata } }: { readonly workspace: WorkspaceTemplate }) {
  const t = useMessages(messages);
  return metadata.deletionTimestamp ? (
    <Badge tone="busy">{t('terminating')}</Badge>
  ) : (
    <Badge tone="good">{t('active')}</Badge>
  );
}
