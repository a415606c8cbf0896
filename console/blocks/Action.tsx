import { useId, type ReactElement, type ReactNode } from 'react';
import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import { useAccess } from '../data/calls.ts';
import type { Question } from '../data/questions.ts';
import { common } from '../ui/messages.data.ts';
import { useMessages } from '../ui/locale.ts';
import type { Icon } from '../ui/icon.ts';
import { refusalOf } from './why/refusal.ts';
import { WhyLink } from './why/WhyLink.tsx';
import styles from './why/why.module.css';

export interface ActionProps {
  readonly children: ReactNode;
  readonly icon?: Icon;
  /** Whose permission it needs; the platform is asked, together with all other questions of the page. */
  readonly question?: Question;
  /** Why it cannot be done now, besides permission. */
  readonly disabledReason?: string;
  readonly pending?: boolean;
  readonly variant?: 'primary' | 'plain' | 'danger';
  readonly onRun: () => void;
}

const looks: Readonly<Record<NonNullable<ActionProps['variant']>, ButtonProps>> = {
  primary: { variant: 'filled' },
  plain: { variant: 'default' },
  danger: { variant: 'light', color: 'red' },
};

/** A button that knows whether it may be used. When not, it stays in reach of the keyboard and says why. */
export function Action({
  children,
  icon: Icon,
  question,
  disabledReason,
  pending,
  variant = 'plain',
  onRun,
}: ActionProps) {
  const reason = useReason(question, disabledReason);
  const refused = useAccess(question)?.allowed === false;
  const button = (
    <WithReason reason={reason}>
      <Button
        {...looks[variant]}
        size="sm"
        loading={pending}
        leftSection={Icon && <Icon size={15} strokeWidth={2} />}
        data-disabled={reason !== undefined || undefined}
        aria-disabled={reason !== undefined || undefined}
        onClick={event => (reason === undefined ? onRun() : event.preventDefault())}
      >
        {children}
      </Button>
    </WithReason>
  );
  if (!refused || question === undefined) return button;
  return (
    <span className={styles.pair}>
      {button}
      <WhyLink question={question} />
    </span>
  );
}

/** Why not, or `undefined`. While the answer is on its way the reason is that. */
export function useReason(question: Question | undefined, disabledReason?: string): string | undefined {
  const t = useMessages(common);
  const access = useAccess(question);
  if (access === undefined) return t('asking');
  if (!access.allowed) return refusalOf(access.reason, what => t('nothingGives', { what })) ?? t('refused');
  return disabledReason;
}

/** The reason beside a control that is off: on pointing, on focus, and for screen readers. */
export function WithReason({ reason, children }: { reason: string | undefined; children: ReactElement }) {
  const id = useId();
  if (reason === undefined) return children;
  return (
    <span aria-describedby={id}>
      <Tooltip label={reason}>{children}</Tooltip>
      <span id={id} className="o-hidden">
        {reason}
      </span>
    </span>
  );
}
