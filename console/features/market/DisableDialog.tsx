import type { InstallPlan } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import { switchedPlan } from './market.ts';
import { messages } from './messages.data.ts';
import { market } from '@orrery/platform-contract/features';

interface DisableDialogProps {
  readonly title: string;
  readonly plan: InstallPlan;
  readonly close: () => void;
}

/** Everybody who works with it is told by its pages being gone: it is asked first. */
export function DisableDialog({ title, plan, close }: DisableDialogProps) {
  const t = useMessages(messages);
  const update = useAction(market.updatePlan);
  const saving = useSave({ fail: () => {} }, {});
  const path = { plan: plan.metadata.name ?? '' };
  const submit = async () => {
    const off = () => update.run({ path, body: switchedPlan(plan, false) });
    if (await saving.run(off, t('isDisabled', { name: title }))) close();
  };
  return (
    <FormDialog
      title={t('disableNamed', { name: title })}
      description={t('disableText')}
      opened
      close={close}
      submit={t('disable')}
      danger
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      {null}
    </FormDialog>
  );
}
