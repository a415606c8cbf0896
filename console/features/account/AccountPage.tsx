import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { KeyRound, LogOut } from 'lucide-react';
import { users } from '@orrery/platform-contract/features';
import { annotations } from '@orrery/platform-kinds/names';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Columns, Facts, Stack, Titled } from '../../blocks/card/Card.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Logins } from '../../blocks/people/Logins.tsx';
import { peopleMessages } from '../../blocks/people/messages.data.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { useLive } from '../../data/live.ts';
import { Age } from '../../ui/Age.tsx';
import { useMessages } from '../../ui/locale.ts';
import { LogOutEverywhere } from './LogOutEverywhere.tsx';
import { messages } from './messages.data.ts';
import { Profile } from './Profile.tsx';

export default function AccountPage() {
  const t = useMessages(messages);
  const p = useMessages(peopleMessages);
  const router = useRouter();
  const [leaving, setLeaving] = useState(false);
  const { data: user, error } = useLive(users.profile);
  if (!user) return <PageFrame title={t('account')}>{error && <Problem error={error} />}</PageFrame>;
  const changed = user.metadata.annotations?.[annotations.passwordChanged];
  return (
    <PageFrame title={t('account')} description={t('accountText')}>
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
          <Card title={t('sessions')} description={t('sessionsText')}>
            <CardBody>
              <div>
                <Action icon={LogOut} variant="danger" onRun={() => setLeaving(true)}>
                  {t('everywhere')}
                </Action>
              </div>
            </CardBody>
          </Card>
        </Stack>
      </Columns>
      <Titled title={p('logins')}>
        <Logins user={user.metadata.name ?? ''} />
      </Titled>
      <LogOutEverywhere opened={leaving} close={() => setLeaving(false)} />
    </PageFrame>
  );
}
