import { resources } from '@orrery/client/resources';
import { AmountFields } from '../../../../blocks/quota/AmountFields.tsx';
import { FormDialog } from '../../../../blocks/FormDialog.tsx';
import { quotaMessages } from '../../../../blocks/quota/messages.data.ts';
import { fieldsFor, isAmount } from '../../../../blocks/quota/quota.ts';
import { useResourceWord } from '../../../../blocks/quota/UsageBars.tsx';
import { useSave } from '../../../../blocks/useSave.ts';
import { useClusterData } from '../../../../data/context.ts';
import { useFields } from '../../../../ui/form.ts';
import { useMessages } from '../../../../ui/locale.ts';
import { common } from '../../../../ui/messages.data.ts';
import { quotaPageMessages } from './messages.data.ts';
import { quotaFields, quotaOf, quotaPatch, type ProjectQuota } from './objects.ts';

interface QuotaDialogProps {
  readonly namespace: string;
  /** A new one unless given. */
  readonly quota?: ProjectQuota;
  /** That of a new one. */
  readonly name: string;
  readonly close: () => void;
}

/** The limits of one quota, by fields. */
export function QuotaDialog({ namespace, quota, name, close }: QuotaDialogProps) {
  const t = useMessages(quotaPageMessages);
  const q = useMessages(quotaMessages);
  const c = useMessages(common);
  const word = useResourceWord();
  const { native } = useClusterData();
  const hard = quota?.spec?.hard ?? {};
  const names = fieldsFor(hard);
  const form = useFields<Record<string, string>>(Object.fromEntries(names.map(each => [each, hard[each] ?? ''])));
  const saving = useSave(form, quotaFields(names));
  const texts = Object.values(form.values);
  const same = names.every(each => (form.values[each] ?? '').trim() === (hard[each] ?? ''));
  const submit = async () => {
    const done = await saving.run(() =>
      quota
        ? native.patch(resources.resourcequotas, name, 'merge', quotaPatch(quota, form.values), { namespace })
        : native.create(resources.resourcequotas, quotaOf(namespace, name, form.values), { namespace }),
    );
    if (done) close();
  };
  return (
    <FormDialog
      title={quota ? t('editNamed', { name }) : t('add')}
      description={q('amountHint')}
      opened
      close={close}
      submit={c('save')}
      blocked={same || !texts.every(isAmount)}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <AmountFields form={form} names={names} titleOf={word} />
    </FormDialog>
  );
}
