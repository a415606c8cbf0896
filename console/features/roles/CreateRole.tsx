import { useState } from 'react';
import { TextInput, Textarea } from '@mantine/core';
import { roles } from '@orrery/platform-contract/features';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useAction } from '../../data/calls.ts';
import { fieldProblems } from '../../data/problems.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages, useText } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import { areas } from './areas.data.ts';
import { givenLevels, rulesOf, type Given } from './levels.ts';
import { messages } from './messages.data.ts';
import { roleFields, roleOf } from './role.ts';
import styles from './roles.module.css';

type Levels = Readonly<Record<string, Given>>;

export function CreateRole({ opened, close }: { readonly opened: boolean; readonly close: () => void }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const toasts = useToasts();
  const create = useAction(roles.createGlobalRole);
  const form = useFields({ name: '', alias: '', description: '' });
  const [levels, setLevels] = useState<Levels>({});
  const leave = () => {
    close();
    form.reset();
    setLevels({});
    create.clear();
  };
  const submit = async () => {
    try {
      const { metadata } = await create.run({ body: roleOf(form.values, rulesOf(levels)) });
      toasts.show({ tone: 'good', title: t('created', { name: metadata.name ?? '' }) });
      leave();
    } catch (error) {
      form.fail(fieldProblems(error, roleFields).fields);
    }
  };
  return (
    <FormDialog
      title={t('create')}
      description={t('createText')}
      opened={opened}
      close={leave}
      submit={c('create')}
      blocked={form.values.name.trim() === '' || rulesOf(levels).length === 0}
      pending={create.pending}
      problem={create.error ? fieldProblems(create.error, roleFields).rest : undefined}
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
      <Areas levels={levels} onChange={(area, level) => setLevels(before => ({ ...before, [area]: level }))} />
    </FormDialog>
  );
}

interface AreasProps {
  readonly levels: Levels;
  readonly onChange: (area: string, level: Given) => void;
}

/** How far the role goes in each area. */
function Areas({ levels, onChange }: AreasProps) {
  const t = useMessages(messages);
  const text = useText();
  return (
    <fieldset className={styles.areas}>
      <legend>{t('permissions')}</legend>
      <div>
        {areas.map(({ key, title, about }) => {
          const level = levels[key] ?? 'none';
          return (
            <label key={key} className={styles.choice}>
              <span className={styles.area}>
                <strong>{text(title)}</strong>
                <small>{text(about)}</small>
              </span>
              <select
                value={level}
                data-level={level}
                aria-label={text(title)}
                onChange={event => onChange(key, event.currentTarget.value as Given)}
              >
                {givenLevels.map(each => (
                  <option key={each} value={each}>
                    {t(`level_${each}`)}
                  </option>
                ))}
              </select>
            </label>
          );
        })}
      </div>
    </fieldset>
  );
}
