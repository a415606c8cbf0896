import type { AuditEvent } from '@orrery/platform-contract/features';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { trailMessages } from './messages.data.ts';
import { resultTone, verbs } from './record.ts';

/** What an action is called: in one's own language where it is a known one. */
export function useVerb(): (verb: string) => string {
  const t = useMessages(trailMessages);
  return verb => {
    const known = verbs.find(each => each === verb);
    return known ? t(`verb_${known}`) : verb;
  };
}

export function Result({ event }: { readonly event: AuditEvent }) {
  const t = useMessages(trailMessages);
  const { code, status } = event.responseStatus ?? {};
  const tone = resultTone(event);
  const word = tone === 'good' ? t('result_Success') : tone === 'warn' ? t('refused') : t('result_Failure');
  return (
    <span title={event.responseStatus?.reason}>
      <Badge tone={tone}>
        {word}
        {code !== undefined && status !== undefined && ` ${code}`}
      </Badge>
    </span>
  );
}
