import { lazy, Suspense, useState } from 'react';
import type { Question } from '../../data/questions.ts';
import { useMessages } from '../../ui/locale.ts';
import { whyMessages } from './messages.data.ts';
import styles from './why.module.css';

const WhyPanel = lazy(() => import('./WhyPanel.tsx'));

/** Loaded when somebody asks. */
export function Why({ question, close }: { readonly question: Question; readonly close: () => void }) {
  return (
    <Suspense>
      <WhyPanel question={question} close={close} />
    </Suspense>
  );
}

/** Beside what is off for want of a right. */
export function WhyLink({ question }: { readonly question: Question }) {
  const t = useMessages(whyMessages);
  const [asked, setAsked] = useState(false);
  return (
    <>
      <button type="button" className={styles.link} onClick={() => setAsked(true)}>
        {t('why')}
      </button>
      {asked && <Why question={question} close={() => setAsked(false)} />}
    </>
  );
}
