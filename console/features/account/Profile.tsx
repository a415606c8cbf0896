import { TextInput } from '@mantine/core';
import { useQueryClient } from '@tanstack/react-query';
import { oauth, users } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import type { User } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Facts } from '../../blocks/card/Card.tsx';
import { Form } from '../../blocks/Form.tsx';
import { RoleName } from '../../blocks/roles/RoleName.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { useFields } from '../../ui/form.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { languages, type Language } from '../../util/messages.ts';
import { messages } from './messages.data.ts';
import { formOf, profileFields, profileOf } from './profile.ts';

const choices = Object.entries(languages).map(([value, title]) => ({ value, title }));

export function Profile({ user }: { readonly user: User }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const queries = useQueryClient();
  const [language, choose] = useLanguage();
  const known = formOf(user, language);
  const form = useFields(known);
  const update = useAction(users.updateProfile);
  const saving = useSave(form, profileFields);
  const unset = user.spec.lang === undefined;
  const same = !unset && JSON.stringify(profileOf(form.values)) === JSON.stringify(profileOf(known));
  const submit = async () => {
    if (!(await saving.run(() => update.run({ body: profileOf(form.values) })))) return;
    choose(form.values.language as Language);
    // The name in the top bar.
    await queries.invalidateQueries({ predicate: ({ queryKey }) => queryKey[1] === oauth.userinfo.id });
  };
  return (
    <Card title={t('profile')}>
      <Facts
        rows={[
          [t('userName'), user.metadata.name ?? ''],
          [
            t('role'),
            <RoleName key="role" name={user.metadata.annotations?.[annotations.globalRole]} place="platform" />,
          ],
        ]}
      />
      <CardBody>
        <Form
          onSubmit={() => void submit()}
          problem={saving.problem}
          button={
            <Action
              variant="primary"
              disabledReason={same ? t('nothingChanged') : undefined}
              pending={saving.pending}
              onRun={() => void submit()}
            >
              {c('save')}
            </Action>
          }
        >
          <TextInput {...form.input('displayName')} label={t('displayName')} autoComplete="name" />
          <TextInput
            {...form.input('email')}
            label={t('email')}
            description={t('emailText')}
            type="email"
            autoComplete="email"
          />
          <SelectField
            label={t('language')}
            description={t('languageText')}
            choices={choices}
            value={form.values.language}
            onChange={value => form.set('language', value)}
          />
        </Form>
      </CardBody>
    </Card>
  );
}
