import { TextInput } from '@mantine/core';
import type { Fields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { quotaMessages } from './messages.data.ts';
import { isAmount } from './quota.ts';
import styles from './quota.module.css';

export interface AmountFieldsProps {
  readonly form: Fields<Record<string, string>>;
  readonly names: readonly string[];
  readonly titleOf: (name: string) => string;
}

/** Amounts, two beside each other; what is none is said at once. */
export function AmountFields({ form, names, titleOf }: AmountFieldsProps) {
  const t = useMessages(quotaMessages);
  return (
    <div className={styles.fields}>
      {names.map((name, index) => {
        const input = form.input(name);
        return (
          <TextInput
            key={name}
            {...input}
            error={input.error ?? (isAmount(input.value) ? undefined : t('notAnAmount'))}
            label={titleOf(name)}
            autoComplete="off"
            spellCheck={false}
            data-autofocus={index === 0 || undefined}
          />
        );
      })}
    </div>
  );
}
