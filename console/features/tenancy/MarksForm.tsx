import type { ReactNode } from 'react';
import { TextInput, Textarea } from '@mantine/core';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Facts } from '../../blocks/card/Card.tsx';
import { Form } from '../../blocks/Form.tsx';
import { useSave } from '../../blocks/useSave.ts';
import type { Question } from '../../data/questions.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import type { Marks } from '../../blocks/marks.ts';
import { messages } from './messages.data.ts';

export interface MarksFormProps {
  readonly name: string;
  /** What cannot be changed here. */
  readonly facts: readonly (readonly [string, ReactNode])[];
  readonly initial: { readonly alias: string; readonly description: string };
  readonly question: Question;
  readonly fields: Readonly<Record<string, string>>;
  /** Rejects with the error to show. */
  readonly save: (marks: Marks) => Promise<unknown>;
}

/** The basic information of a workspace or a project. */
export function MarksForm({ name, facts, initial, question, fields, save }: MarksFormProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const form = useFields({ alias: initial.alias, description: initial.description });
  const saving = useSave(form, fields);
  const same = form.values.alias === initial.alias && form.values.description === initial.description;
  const submit = () => void saving.run(() => save(form.values));
  return (
    <Card title={t('about')}>
      <Facts rows={[[c('name'), name], ...facts]} />
      <CardBody>
        <Form
          onSubmit={submit}
          problem={saving.problem}
          button={
            <Action
              variant="primary"
              question={question}
              disabledReason={same ? t('nothingChanged') : undefined}
              pending={saving.pending}
              onRun={submit}
            >
              {c('save')}
            </Action>
          }
        >
          <TextInput {...form.input('alias')} label={c('alias')} autoComplete="off" />
          <Textarea {...form.input('description')} label={c('description')} rows={3} />
        </Form>
      </CardBody>
    </Card>
  );
}
