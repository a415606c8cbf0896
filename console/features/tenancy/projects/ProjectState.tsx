import type { KubeObject } from '@orrery/machinery/meta';
import { Badge } from '../../../ui/Badge.tsx';
import { useMessages } from '../../../ui/locale.ts';
import { messages } from '../messages.data.ts';
import { isGoing } from './project.ts';

export function ProjectState({ project }: { readonly project: KubeObject }) {
  const t = useMessages(messages);
  return isGoing(project) ? <Badge tone="busy">{t('terminating')}</Badge> : <Badge tone="good">{t('active')}</Badge>;
}
