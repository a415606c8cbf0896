import { TextInput } from '@mantine/core';
import { quotas } from '@orrery/platform-contract/features';
import type { WorkspaceQuota } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { AmountFields } from '../../blocks/quota/AmountFields.tsx';
import { quotaMessages } from '../../blocks/quota/messages.data.ts';
import { fieldsFor, hardOf, isAmount } from '../../blocks/quota/quota.ts';
import { useResourceWord } from '../../blocks/quota/UsageBars.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { messages } from './messages.data.ts';
import { quotaFields, quotaOf } from './quota.ts';

export interface QuotaDialogProps {
  readonly workspace: string;
  /** A new one unless given. */
  readonly quota?: WorkspaceQuota;
  /** What a new one is called at first. */
  readonly name: string;
  readonly close: () => void;
}

export function QuotaDialog({ workspace, quota, name, close }: QuotaDialogProps) {
  const t = useMessages(messages);
  const q = useMessages(quotaMessages);
  const c = useMessages(common);
  const word = useResourceWord();
  const create = useAction(quotas.create);
  const update = useAction(quotas.update);
  const hard = quota ? hardOf(quota) : {};
  const names = fieldsFor(hard);
  const initial = Object.fromEntries(names.map(each => [each, hard[each] ?? '']));
  const form = useFields<Record<string, string>>({ ...initial, name });
  const saving = useSave(form, quotaFields(names));
  const { name: called = '', ...amounts } = form.values;
  const texts = Object.values(amounts);
  const submit = async () => {
    const body = quotaOf(called, amounts, quota);
    const done = await saving.run(() =>
      quota
        ? update.run({ path: { workspace, resourcequota: name }, body })
        : create.run({ path: { workspace }, body }),
    );
    if (done) close();
  };
  return (
    <FormDialog
      title={quota ? t('editNamed', { name }) : t('add')}
      description={q('amountHint')}
      wide
      opened
      close={close}
      submit={c('save')}
      blocked={called.trim() === '' || !texts.every(isAmount) || texts.every(text => text.trim() === '')}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      {!quota && (
        <TextInput
          {...form.input('name')}
          label={c('name')}
          description={c('nameRule')}
          autoComplete="off"
          spellCheck={false}
        />
      )}
      <AmountFields form={form} names={names} titleOf={word} />
    </FormDialog>
  );
}
