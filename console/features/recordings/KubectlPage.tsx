import { terminal as routes } from '@orrery/platform-contract/features';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Session } from '../../blocks/terminal/Session.tsx';
import { useMe } from '../../data/session.ts';
import { useMessages } from '../../ui/locale.ts';
import { recordingMessages } from './messages.data.ts';

/** kubectl in the browser, with exactly the rights of who opens it. */
export default function KubectlPage() {
  const t = useMessages(recordingMessages);
  const me = useMe().data;
  return (
    <PageFrame title={t('kubectl')} description={t('kubectlText')}>
      {me && (
        <Session
          label={t('kubectl')}
          whenRefused={t('kubectlRefused')}
          path={routes.kubectl.paths[0]!.replace('{user}', encodeURIComponent(me.name))}
        />
      )}
    </PageFrame>
  );
}
