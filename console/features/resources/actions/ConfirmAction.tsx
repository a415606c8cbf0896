import { useMemo, useState } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import { systemRandom } from '@orrery/machinery/random';
import { ActionIcon } from '@mantine/core';
import { Minus, Plus } from 'lucide-react';
import { FormDialog } from '../../../blocks/FormDialog.tsx';
import { problemOf } from '../../../data/problems.ts';
import { useMessages, useText } from '../../../ui/locale.ts';
import { useClock } from '../../../ui/time.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { replicasOf } from '../kinds/state.ts';
import type { KindName } from '../../../blocks/kinds/names.data.ts';
import { messages } from '../messages.data.ts';
import styles from '../resources.module.css';
import type { ObjectAction } from './actions.ts';
import { AsCommand } from './AsCommand.tsx';
import { placeOf } from './calls.ts';
import { useWrite } from './useWrite.ts';

interface ConfirmActionProps {
  readonly kind: KindName;
  readonly object: KubeObject;
  readonly action: ObjectAction;
  readonly close: () => void;
}

/** One write, said before it is done. */
export function ConfirmAction({ kind, object, action, close }: ConfirmActionProps) {
  const text = useText();
  const clock = useClock();
  const toasts = useToasts();
  const { send, pending } = useWrite();
  const [problem, setProblem] = useState<string>();
  const [replicas, setReplicas] = useState(() => replicasOf(object).wanted);
  const [fixed] = useState(() => ({
    now: new Date(clock.now()).toISOString().replace(/\.\d+/, ''),
    suffix: Math.floor(systemRandom.float() * 36 ** 5)
      .toString(36)
      .padStart(5, '0'),
  }));
  const write = useMemo(
    () => action.write(object, placeOf(object, kind), { ...fixed, replicas }),
    [action, object, kind, fixed, replicas],
  );
  const name = object.metadata.name ?? '';
  const run = async () => {
    try {
      await send(write);
      toasts.show({ tone: 'good', title: text(action.done).replace('{{name}}', name) });
      close();
    } catch (error) {
      setProblem(problemOf(error).message);
    }
  };
  return (
    <FormDialog
      title={`${text(action.title)} · ${name}`}
      description={text(action.consequence)}
      opened
      close={close}
      submit={text(action.title)}
      pending={pending}
      problem={problem}
      onSubmit={() => void run()}
    >
      {action.subresource === 'scale' && <Stepper value={replicas} onChange={setReplicas} />}
      <AsCommand write={write} />
    </FormDialog>
  );
}

const replicasMax = 100_000;

function Stepper({ value, onChange }: { readonly value: number; readonly onChange: (value: number) => void }) {
  const t = useMessages(messages);
  const set = (next: number) => onChange(Math.min(Math.max(Number.isNaN(next) ? 0 : Math.trunc(next), 0), replicasMax));
  return (
    <div className={styles.stepper}>
      <ActionIcon
        variant="default"
        size="lg"
        aria-label={t('fewer')}
        disabled={value === 0}
        onClick={() => set(value - 1)}
      >
        <Minus size={15} />
      </ActionIcon>
      <input
        type="number"
        min={0}
        max={replicasMax}
        value={value}
        aria-label={t('replicas')}
        data-autofocus
        onChange={event => set(event.currentTarget.valueAsNumber)}
      />
      <ActionIcon variant="default" size="lg" aria-label={t('more')} onClick={() => set(value + 1)}>
        <Plus size={15} />
      </ActionIcon>
    </div>
  );
}
