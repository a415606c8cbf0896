import { PasswordInput, Textarea, TextInput } from '@mantine/core';
import type { Repository } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { repositoryFields, repositoryFormOf, repositoryOf } from './market.ts';
import { messages } from './messages.data.ts';
import { market } from '@orrery/platform-contract/features';

interface RepositoryDialogProps {
  /** A new one unless given. */
  readonly repository?: Repository;
  readonly close: () => void;
}

export function RepositoryDialog({ repository, close }: RepositoryDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const form = useFields({ ...repositoryFormOf(repository) });
  const saving = useSave(form, repositoryFields);
  const create = useAction(market.createRepository);
  const update = useAction(market.updateRepository);
  const { name, url } = form.values;
  const optional = (title: string) => `${title} (${c('optional')})`;
  const submit = async () => {
    const body = repositoryOf(form.values, repository);
    const send = () => (repository ? update.run({ path: { repository: name }, body }) : create.run({ body }));
    if (await saving.run(send, repository ? c('saved') : t('addedRepository', { name }))) close();
  };
  return (
    <FormDialog
      title={repository ? t('editRepository', { name }) : t('addRepository')}
      opened
      close={close}
      submit={repository ? c('save') : c('create')}
      blocked={name.trim() === '' || url.trim() === ''}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      {!repository && (
        <TextInput
          {...form.input('name')}
          label={c('name')}
          description={c('nameRule')}
          autoComplete="off"
          spellCheck={false}
          data-autofocus
        />
      )}
      <TextInput
        {...form.input('url')}
        label={t('address')}
        description={t('addressText')}
        autoComplete="off"
        spellCheck={false}
        inputMode="url"
      />
      <TextInput {...form.input('description')} label={optional(c('description'))} autoComplete="off" />
      <TextInput {...form.input('username')} label={optional(t('username'))} autoComplete="off" spellCheck={false} />
      <PasswordInput
        {...form.input('password')}
        label={optional(t('password'))}
        description={repository?.spec.basicAuth && t('passwordKept')}
        autoComplete="new-password"
      />
      <TextInput
        {...form.input('interval')}
        label={optional(t('interval'))}
        description={t('intervalText')}
        autoComplete="off"
      />
      <Textarea {...form.input('caBundle')} label={optional(t('caBundle'))} rows={3} spellCheck={false} />
    </FormDialog>
  );
}
