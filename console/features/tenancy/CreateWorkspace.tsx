import { TextInput, Textarea } from '@mantine/core';
import { tenancy } from '@orrery/platform-contract/features';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useAction } from '../../data/calls.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { messages } from './messages.data.ts';
import { workspaceFields, workspaceOf } from './workspace.ts';

export function CreateWorkspace({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const create = useAction(tenancy.createWorkspace);
  const form = useFields({ name: '', alias: '', description: '' });
  const leave = () => {
    close();
    form.reset();
    create.clear();
  };
  const submit = async () => {
    try {
      const { metadata } = await create.run({ body: workspaceOf(form.values) });
      toasts.show({ tone: 'good', title: t('created', { name: metadata.name ?? '' }) });
      leave();
    } catch (error) {
      form.fail(fieldProblems(error, workspaceFields).fields);
    }
  };
  return (
    <FormDialog
      title={t('createWorkspace')}
      description={t('createWorkspaceText')}
      opened={opened}
      close={leave}
      submit={c('create')}
      blocked={form.values.name.trim() === ''}
      pending={create.pending}
      problem={create.error ? fieldProblems(create.error, workspaceFields).rest : undefined}
      onSubmit={() => void submit()}
    >
      <TextInput
        {...form.input('name')}
        label={c('name')}
        description={c('nameRule')}
        autoComplete="off"
        spellCheck={false}
        data-autofocus
      />
      <TextInput {...form.input('alias')} label={`${c('alias')} (${c('optional')})`} autoComplete="off" />
      <Textarea {...form.input('description')} label={`${c('description')} (${c('optional')})`} rows={2} />
    </FormDialog>
  );
}
