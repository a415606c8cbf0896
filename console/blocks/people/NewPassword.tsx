import { Button, PasswordInput } from '@mantine/core';
import { Dices } from 'lucide-react';
import { useState } from 'react';
import { systemRandom } from '@orrery/machinery/random';
import { useMessages } from '../../ui/locale.ts';
import { randomPassword } from '../../util/password.ts';
import { CopyButton } from '../CopyButton.tsx';
import { peopleMessages } from './messages.data.ts';
import { PasswordRules } from './PasswordRules.tsx';
import styles from './people.module.css';

export interface NewPasswordProps {
  readonly value: string;
  readonly onChange: (password: string) => void;
  readonly error?: string;
}

/** A password for somebody else: typed, or drawn and then shown so that it can be handed over. */
export function NewPassword({ value, onChange, error }: NewPasswordProps) {
  const t = useMessages(peopleMessages);
  const [shown, setShown] = useState(false);
  const draw = () => {
    onChange(randomPassword(systemRandom));
    setShown(true);
  };
  return (
    <div className={styles.password}>
      <PasswordInput
        label={t('password')}
        value={value}
        error={error}
        visible={shown}
        onVisibilityChange={setShown}
        onChange={event => onChange(event.currentTarget.value)}
        autoComplete="new-password"
        spellCheck={false}
        visibilityToggleButtonProps={{ 'aria-label': t('showPassword') }}
      />
      <PasswordRules password={value} />
      <div className={styles.passwordTools}>
        <Button variant="default" size="compact-sm" leftSection={<Dices size={13} />} onClick={draw}>
          {t('draw')}
        </Button>
        {value !== '' && <CopyButton text={value} label={t('copyPassword')} />}
      </div>
    </div>
  );
}
