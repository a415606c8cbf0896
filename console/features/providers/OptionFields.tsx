import type { ReactNode } from 'react';
import { Checkbox, PasswordInput, Textarea, TextInput } from '@mantine/core';
import type { ProviderOption, ProviderType } from '@orrery/platform-contract/provider-types';
import type { Fields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import type { MessageKey } from '../../util/messages.ts';
import { messages } from './messages.data.ts';
import { fieldOf } from './options.ts';
import styles from './providers.module.css';

export interface OptionFieldsProps {
  readonly type: ProviderType;
  readonly form: Fields<Record<string, string>>;
  /** Names of the secrets that there are already. */
  readonly secrets: readonly string[];
}

/** What a provider of this type is told: what it must be first, the rest when it is asked for. */
export function OptionFields({ type, form, secrets }: OptionFieldsProps) {
  const t = useMessages(messages);
  const field = (option: ProviderOption) => (
    <OptionField key={option.name} option={option} form={form} isSet={secrets.includes(option.name)} />
  );
  const isFirst = ({ required, form: kind }: ProviderOption) => required || kind === 'secret';
  const more = type.options.filter(option => !isFirst(option));
  // A complaint is not hidden.
  const wrong = more.some(option => form.errors[fieldOf(option)] !== undefined);
  return (
    <>
      {type.options.filter(isFirst).map(field)}
      <details className={styles.more} open={wrong || undefined}>
        <summary>{t('moreOptions')}</summary>
        <div className={styles.fields}>{more.map(field)}</div>
      </details>
    </>
  );
}

interface OptionFieldProps {
  readonly option: ProviderOption;
  readonly form: Fields<Record<string, string>>;
  readonly isSet: boolean;
}

function OptionField({ option, form, isSet }: OptionFieldProps): ReactNode {
  const t = useMessages(messages);
  const c = useMessages(common);
  const name = fieldOf(option);
  const title = t(name as MessageKey<typeof messages>);
  const optional = option.required && !isSet ? '' : ` (${c('optional')})`;
  const given = form.input(name);
  switch (option.form) {
    case 'flag':
      return (
        <Checkbox
          label={title}
          checked={given.value === 'true'}
          onChange={event => form.set(name, event.currentTarget.checked ? 'true' : '')}
        />
      );
    case 'secret':
      return (
        <PasswordInput
          {...given}
          label={`${title}${isSet ? '' : optional}`}
          description={isSet ? t('secretStays') : undefined}
          autoComplete="new-password"
        />
      );
    case 'certificate':
      return (
        <Textarea
          {...given}
          label={`${title}${optional}`}
          placeholder="-----BEGIN CERTIFICATE-----"
          rows={3}
          spellCheck={false}
        />
      );
    default:
      return (
        <TextInput
          {...given}
          label={`${title}${optional}`}
          placeholder={option.usual}
          autoComplete="off"
          spellCheck={false}
        />
      );
  }
}
