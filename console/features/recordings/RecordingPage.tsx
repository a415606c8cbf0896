import { lazy, Suspense } from 'react';
import { Download, RotateCw, TriangleAlert } from 'lucide-react';
import { Button } from '@mantine/core';
import { terminal as routes, type Recording } from '@orrery/platform-contract/features';
import { Card, Facts } from '../../blocks/card/Card.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { readCast, timeText } from '../../blocks/terminal/cast.ts';
import { useCall } from '../../data/calls.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { recordingMessages } from './messages.data.ts';
import { bytesText, stateTones, whereOf } from './recording.ts';
import { saveCast, useCast } from './useCast.ts';

const Player = lazy(() => import('../../blocks/terminal/Player.tsx'));

/** One terminal, played. */
export default function RecordingPage({ params: { recording: id } }: PageProps<'/recordings/$recording'>) {
  const t = useMessages(recordingMessages);
  const { data, error } = useCall(routes.recording, { path: { recording: id } });
  const cast = useCast(id);
  if (!data) return <PageFrame title={id}>{error && <Problem error={error} />}</PageFrame>;
  const { text } = cast;
  const { state } = data.status;
  return (
    <PageFrame
      title={t('playTitle', { user: data.spec.user })}
      description={whereOf(data) || t(`kind_${data.spec.kind}`)}
      badge={<Badge tone={stateTones[state]}>{t(`state_${state}`)}</Badge>}
      actions={
        <>
          {state === 'open' && (
            <Button variant="default" size="sm" leftSection={<RotateCw size={15} />} onClick={cast.again}>
              {t('loadAgain')}
            </Button>
          )}
          {text !== undefined && (
            <Button variant="default" size="sm" leftSection={<Download size={15} />} onClick={() => saveCast(text, id)}>
              {t('download')}
            </Button>
          )}
        </>
      }
    >
      {state === 'open' && <p>{t('goesOn')}</p>}
      {cast.error && <Problem error={cast.error} again={cast.again} />}
      {text !== undefined && <Screen text={text} />}
      <About recording={data} />
    </PageFrame>
  );
}

function Screen({ text }: { readonly text: string }) {
  const t = useMessages(recordingMessages);
  try {
    readCast(text);
  } catch {
    return <Notice icon={TriangleAlert} title={t('unreadable')} />;
  }
  return (
    <Suspense fallback={null}>
      <Player text={text} />
    </Suspense>
  );
}

function About({ recording: { spec, status } }: { readonly recording: Recording }) {
  const t = useMessages(recordingMessages);
  const [language] = useLanguage();
  const started = new Date(Date.parse(status.startTime)).toLocaleString(language, {
    dateStyle: 'medium',
    timeStyle: 'medium',
  });
  return (
    <Card
      title={t('about')}
      aside={
        <Badge tone={status.intact === false ? 'bad' : 'good'}>
          {t(status.intact === false ? 'changed' : 'intact')}
        </Badge>
      }
    >
      <Facts
        rows={[
          [t('user'), spec.user],
          [t('kind'), t(`kind_${spec.kind}`)],
          [t('started'), started],
          [t('length'), timeText(status.seconds)],
          [t('size'), bytesText(status.bytes)],
          [t('ended'), status.reason ?? '–'],
          [t('hash'), <code key="hash">{status.hash}</code>],
        ]}
      />
    </Card>
  );
}
