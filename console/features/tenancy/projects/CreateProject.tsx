import { TextInput, Textarea } from '@mantine/core';
import { tenancy } from '@orrery/platform-contract/features';
import { FormDialog } from '../../../blocks/FormDialog.tsx';
import { ObjectInput } from '../../../blocks/ObjectInput.tsx';
import { useAction } from '../../../data/calls.ts';
import { fieldProblems } from '../../../data/problems.ts';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import { common } from '../../../ui/messages.data.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { descriptionOf } from '../marks.ts';
import { messages } from '../messages.data.ts';
import { projectFields, projectOf } from './project.ts';

export interface CreateProjectProps {
  /** Asked for unless given. */
  readonly workspace?: string;
  readonly opened: boolean;
  readonly close: () => void;
}

export function CreateProject({ workspace: given, opened, close }: CreateProjectProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const create = useAction(tenancy.createProject);
  const form = useFields({ workspace: '', name: '', alias: '', description: '' });
  const { workspace: chosen, ...values } = form.values;
  const workspace = given ?? chosen.trim();
  const leave = () => {
    close();
    form.reset();
    create.clear();
  };
  const submit = async () => {
    try {
      const { metadata } = await create.run({ path: { workspace }, body: projectOf(values) });
      toasts.show({ tone: 'good', title: t('createdProject', { name: metadata.name ?? '' }) });
      leave();
    } catch (error) {
      form.fail(fieldProblems(error, projectFields).fields);
    }
  };
  return (
    <FormDialog
      title={t('createProject')}
      description={given ? t('createProjectIn', { workspace: given }) : t('createProjectText')}
      opened={opened}
      close={leave}
      submit={c('create')}
      blocked={values.name.trim() === '' || workspace === ''}
      pending={create.pending}
      problem={create.error ? fieldProblems(create.error, projectFields).rest : undefined}
      onSubmit={() => void submit()}
    >
      {given === undefined && (
        <ObjectInput
          label={t('workspace')}
          description={t('chooseWorkspace')}
          route={tenancy.workspaces}
          value={chosen}
          onChange={name => form.set('workspace', name)}
          hint={descriptionOf}
          autoFocus
        />
      )}
      <TextInput
        {...form.input('name')}
        label={c('name')}
        description={c('nameRule')}
        autoComplete="off"
        spellCheck={false}
        data-autofocus={given === undefined ? undefined : true}
      />
      <TextInput {...form.input('alias')} label={`${c('alias')} (${c('optional')})`} autoComplete="off" />
      <Textarea {...form.input('description')} label={`${c('description')} (${c('optional')})`} rows={2} />
    </FormDialog>
  );
}
