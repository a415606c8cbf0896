import { useState } from 'react';
import { extensions } from '@orrery/platform-contract/features';
import type { AnswerOf } from '@orrery/platform-contract';
import { Action } from '../../blocks/Action.tsx';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useLive } from '../../data/live.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages, useText } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import { factsOf, switching } from './switching.ts';
import { useSwitch } from './useSwitch.ts';

type Component = AnswerOf<typeof extensions.components>['components'][number];

/** Which components are on, for all of the platform. */
export default function SwitchesPage() {
  const t = useMessages(messages);
  const text = useText();
  const { data, error } = useLive(extensions.components);
  const [leaving, setLeaving] = useState<string>();
  const [working, setWorking] = useState<string>();
  const turn = useSwitch();
  const saving = useSave({ fail: () => {} }, {});
  const nameOf = (name: string) => text(factsOf(name).title);
  const run = async (name: string, isOn: boolean) => {
    setWorking(name);
    const done = await saving.run(() => turn(name, isOn), t(isOn ? 'turnedOn' : 'turnedOff', { name: nameOf(name) }));
    setWorking(undefined);
    if (done) setLeaving(undefined);
  };
  const ask = (name: string | undefined) => {
    saving.clear();
    setLeaving(name);
  };
  return (
    <PageFrame title={t('title')} description={t('about')}>
      {error && <Problem error={error} />}
      {saving.problem !== undefined && leaving === undefined && <Problem error={new Error(saving.problem)} />}
      {data && (
        <PlainTable
          label={t('title')}
          head={[t('component'), t('what'), t('state'), t('change')]}
          empty={t('none')}
          rows={data.components.map(component => [
            nameOf(component.name),
            text(factsOf(component.name).about),
            <State key="state" component={component} />,
            <Action
              key="change"
              question={switching}
              pending={working === component.name}
              onRun={() => (component.enabled ? ask(component.name) : void run(component.name, true))}
            >
              {t(component.enabled ? 'turnOff' : 'turnOn')}
              <span className="o-hidden"> {nameOf(component.name)}</span>
            </Action>,
          ])}
        />
      )}
      <FormDialog
        title={t('turnOffNamed', { name: leaving === undefined ? '' : nameOf(leaving) })}
        description={t('turnOffText')}
        opened={leaving !== undefined}
        close={() => ask(undefined)}
        submit={t('turnOff')}
        danger
        pending={saving.pending}
        problem={saving.problem}
        onSubmit={() => leaving !== undefined && void run(leaving, false)}
      >
        {null}
      </FormDialog>
    </PageFrame>
  );
}

function State({ component: { enabled, ready, message } }: { readonly component: Component }) {
  const t = useMessages(messages);
  if (enabled && !ready)
    return (
      <span title={message}>
        <Badge tone="warn">{t('notReady')}</Badge>
      </span>
    );
  return <Badge tone={enabled ? 'good' : 'quiet'}>{t(enabled ? 'on' : 'off')}</Badge>;
}
