import { Modal } from '@mantine/core';
import { useWhy } from '../../data/calls.ts';
import type { Question } from '../../data/questions.ts';
import { common } from '../../ui/messages.data.ts';
import { useMessages } from '../../ui/locale.ts';
import { Problem } from '../Problem.tsx';
import { whyMessages } from './messages.data.ts';
import { verbOf } from './why.ts';
import { WhyAnswer } from './WhyAnswer.tsx';

export interface WhyPanelProps {
  readonly question: Question;
  readonly close: () => void;
}

/** Why the user may not do this, asked when he wants to know. */
export default function WhyPanel({ question, close }: WhyPanelProps) {
  const t = useMessages(whyMessages);
  const c = useMessages(common);
  const { data, error } = useWhy(question);
  return (
    <Modal opened onClose={close} title={t('title')} closeButtonProps={{ 'aria-label': c('close') }} size={560}>
      {error && <Problem error={error} />}
      {data && <WhyAnswer answer={data} verb={verbOf(question)} />}
    </Modal>
  );
}
