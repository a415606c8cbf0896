import { useState } from 'react';
import { ShieldCheck } from 'lucide-react';
import { audit as routes } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { useAccess, useCall } from '../../data/calls.ts';
import { problemOf } from '../../data/problems.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import styles from './audit.module.css';
import { auditMessages } from './messages.data.ts';
import { linkState, type Verification } from './trail.ts';
import type { AuditEvent } from '@orrery/platform-contract/features';

const freshMs = 60_000;

interface Checked {
  readonly data: (Verification & { readonly records: number; readonly lost: number }) | undefined;
  readonly error: Error | null;
  readonly pending: boolean;
  check(): void;
}

/** All of the trail is read for it: only when somebody asks. */
function useVerification(): Checked {
  const [asked, setAsked] = useState(false);
  const { data, error, pending, again } = useCall(routes.verify, { when: asked, freshMs });
  return {
    data,
    error,
    pending: asked && pending,
    check: () => (asked ? again() : setAsked(true)),
  };
}

function CheckButton({ checked }: { readonly checked: Checked }) {
  const t = useMessages(auditMessages);
  return (
    <Action icon={ShieldCheck} question={{ route: routes.verify }} pending={checked.pending} onRun={checked.check}>
      {t('verify')}
    </Action>
  );
}

/** Whether anything was changed in the trail. */
export function Chain() {
  const t = useMessages(auditMessages);
  const checked = useVerification();
  const { data, error } = checked;
  return (
    <>
      <span role="status" className={styles.chain}>
        {data && (
          <>
            <Badge tone={data.intact ? 'good' : 'bad'}>{t(data.intact ? 'intact' : 'broken')}</Badge>
            <small>
              {data.problem ? t('brokenText', data.problem) : t('intactText', { count: data.records })}
              {data.lost > 0 && ` ${t('lost', { count: data.lost })}`}
            </small>
          </>
        )}
        {error && <small>{problemOf(error).message}</small>}
      </span>
      <CheckButton checked={checked} />
    </>
  );
}

/** Whether one record is as it was written, for who may ask. */
export function LinkState({ event }: { readonly event: AuditEvent }) {
  const t = useMessages(auditMessages);
  const allowed = useAccess({ route: routes.verify })?.allowed === true;
  const checked = useVerification();
  if (!allowed) return null;
  if (!checked.data) return <CheckButton checked={checked} />;
  const state = linkState(event, checked.data);
  const [tone, word] = (
    {
      verified: ['good', 'verified'],
      broken: ['bad', 'recordBroken'],
      unlinked: ['quiet', 'unlinked'],
    } as const
  )[state];
  return <Badge tone={tone}>{t(word)}</Badge>;
}
