import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { KeyRound, LogOut } from 'lucide-react';
import { users } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Columns, Facts, Stack, Titled } from '../../blocks/card/Card.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Identities } from '../../blocks/people/Identities.tsx';
import { Logins } from '../../blocks/people/Logins.tsx';
import { Sessions } from '../../blocks/people/Sessions.tsx';
import { peopleMessages } from '../../blocks/people/messages.data.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { useLive } from '../../data/live.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { Arrived } from './Arrived.tsx';
import { Connect } from './Connect.tsx';
import { KubeconfigCard } from './KubeconfigCard.tsx';
import { LogOutEverywhere } from './LogOutEverywhere.tsx';
import { messages } from './messages.data.ts';
import { Profile } from './Profile.tsx';
import styles from './account.module.css';

export default function AccountPage() {
  const t = useMessages(messages);
  const p = useMessages(peopleMessages);
  const router = useRouter();
  const [leaving, setLeaving] = useState(false);
  const { data: user, error } = useLive(users.profile);
  if (!user) return <PageFrame title={t('account')}>{error && <Problem error={error} />}</PageFrame>;
  const { name = '' } = user.metadata;
  const changed = user.metadata.annotations?.[annotations.passwordChanged];
  return (
    <PageFrame title={t('account')} description={t('accountText')}>
      <Arrived />
      <Columns>
        <Profile key={user.metadata.uid} user={user} />
        <Stack>
          <Card title={t('password')} description={t('passwordText')}>
            <Facts rows={[[t('changedAt'), changed ? <Age key="age" time={changed} /> : t('never')]]} />
            <CardBody>
              <div>
                <Action icon={KeyRound} onRun={() => router.history.push('/password?next=%2Faccount')}>
                  {t('changePassword')}
                </Action>
              </div>
            </CardBody>
          </Card>
          <KubeconfigCard user={name} />
        </Stack>
      </Columns>
      <Titled title={p('identities')}>
        <p className={styles.text}>{t('identitiesText')}</p>
        <Identities user={name} more={(linked, again) => <Connect linked={linked} onDone={again} />} />
      </Titled>
      <Titled title={p('sessions')}>
        <p className={styles.text}>{t('sessionsShown')}</p>
        <Sessions user={name} />
        <div>
          <Action icon={LogOut} variant="danger" onRun={() => setLeaving(true)}>
            {t('everywhere')}
          </Action>
        </div>
      </Titled>
      <Titled title={p('logins')}>
        <Logins user={name} />
      </Titled>
      <LogOutEverywhere opened={leaving} close={() => setLeaving(false)} />
    </PageFrame>
  );
}
