import type { ReactNode } from 'react';
import { TextInput, Textarea } from '@mantine/core';
import type { AnyRoute, CallOptions } from '@orrery/platform-contract';
import { useAction } from '../data/calls.ts';
import type { Fields } from '../ui/form.ts';
import { useMessages } from '../ui/locale.ts';
import { common } from '../ui/messages.data.ts';
import { FormDialog } from './FormDialog.tsx';
import { useSave } from './useSave.ts';

export interface CreateDialogProps<R extends AnyRoute, V extends Readonly<Record<string, string>>> {
  readonly title: string;
  readonly description?: ReactNode;
  readonly opened: boolean;
  readonly close: () => void;
  /** What makes it. */
  readonly route: R;
  readonly options: () => CallOptions<R>;
  readonly form: Fields<V>;
  /** Where the platform's complaints about a field are to be shown: names of the form to paths of the object. */
  readonly fields: Readonly<Record<string, string>>;
  /** All that is needed has been filled in. */
  readonly ready: boolean;
  /** What is said when it is there. */
  readonly done: string;
  /** Forgets what was chosen beside the form's own fields. */
  readonly onLeave?: () => void;
  readonly wide?: boolean;
  readonly children: ReactNode;
}

/** Asks for what something new is made of, and makes it. What is wrong with a field is shown at the field. */
export function CreateDialog<R extends AnyRoute, V extends Readonly<Record<string, string>>>({
  close,
  route,
  options,
  form,
  fields,
  ready,
  done,
  onLeave,
  ...dialog
}: CreateDialogProps<R, V>) {
  const c = useMessages(common);
  const create = useAction(route);
  const saving = useSave(form, fields);
  const leave = () => {
    close();
    form.reset();
    saving.clear();
    onLeave?.();
  };
  const submit = async () => {
    if (await saving.run(() => create.run(options()), done)) leave();
  };
  return (
    <FormDialog
      {...dialog}
      close={leave}
      submit={c('create')}
      blocked={!ready}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    />
  );
}

interface MarkFieldsProps {
  readonly form: Pick<Fields<Record<string, string>>, 'input'>;
}

/** How something is called by people, and what it is for. */
export function MarkFields({ form }: MarkFieldsProps) {
  const c = useMessages(common);
  return (
    <>
      <TextInput {...form.input('alias')} label={`${c('alias')} (${c('optional')})`} autoComplete="off" />
      <Textarea {...form.input('description')} label={`${c('description')} (${c('optional')})`} rows={2} />
    </>
  );
}

interface NameFieldsProps extends MarkFieldsProps {
  /** What a name must be like, where it is not the usual. */
  readonly rule?: string;
  /** Whether the dialog begins here. */
  readonly focused?: boolean;
}

/** The name that nobody can change afterwards, and the words that anybody can. */
export function NameFields({ form, rule, focused = true }: NameFieldsProps) {
  const c = useMessages(common);
  return (
    <>
      <TextInput
        {...form.input('name')}
        label={c('name')}
        description={rule ?? c('nameRule')}
        autoComplete="off"
        spellCheck={false}
        data-autofocus={focused || undefined}
      />
      <MarkFields form={form} />
    </>
  );
}
