import { useState } from 'react';
import { Autocomplete, TextInput } from '@mantine/core';
import { Scale } from 'lucide-react';
import { tenancy, users } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Columns } from '../../blocks/card/Card.tsx';
import { Form } from '../../blocks/Form.tsx';
import { ObjectInput } from '../../blocks/ObjectInput.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useSearch, useSetSearch } from '../../blocks/place.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { verbOf } from '../../blocks/why/why.ts';
import { WhyAnswer } from '../../blocks/why/WhyAnswer.tsx';
import { useAccess, useWhy } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { Notice } from '../../ui/Notice.tsx';
import { messages } from './messages.data.ts';
import { askedIn, isPlace, places, questionOf, resourcesOf, searchOf, verbs, type Asked } from './question.ts';

const aboutOthers = { verb: 'create', group: 'iam.kubesphere.io', resource: 'subjectaccessreviews' } as const;

export default function AccessPage() {
  const t = useMessages(messages);
  const asked = askedIn(useSearch());
  return (
    <PageFrame title={t('title')} description={t('about')}>
      <Columns>
        <QuestionForm key={JSON.stringify(asked)} asked={asked} />
        <Answer asked={asked} />
      </Columns>
    </PageFrame>
  );
}

/** What is asked stands in the address. */
function QuestionForm({ asked }: { readonly asked: Asked }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const setSearch = useSetSearch();
  const others = useAccess(aboutOthers)?.allowed === true;
  const [form, setForm] = useState(asked);
  const set = (change: Partial<Asked>) => setForm(before => ({ ...before, ...change }));
  const ready = questionOf(form) !== undefined;
  const submit = () => {
    if (ready) setSearch(() => searchOf(form));
  };
  return (
    <Card title={t('question')}>
      <CardBody>
        <Form
          onSubmit={submit}
          button={
            <Action variant="primary" disabledReason={ready ? undefined : t('incomplete')} onRun={submit}>
              {t('ask')}
            </Action>
          }
        >
          {others ? (
            <ObjectInput
              label={t('user')}
              description={t('userText')}
              route={users.list}
              value={form.user}
              onChange={user => set({ user })}
            />
          ) : (
            <p>{t('onlyYou')}</p>
          )}
          <Autocomplete label={t('verb')} data={verbs} value={form.verb} onChange={verb => set({ verb })} />
          <SelectField
            label={t('place')}
            choices={places.map(value => ({ value, title: t(`place_${value}`) }))}
            value={form.place}
            onChange={place => isPlace(place) && set({ place, where: '' })}
          />
          {form.place !== 'platform' && (
            <ObjectInput
              label={t(`place_${form.place}`)}
              route={form.place === 'workspace' ? tenancy.workspaces : tenancy.projects}
              value={form.where}
              onChange={where => set({ where })}
            />
          )}
          <Autocomplete
            label={t('resource')}
            description={t('resourceText')}
            data={[...resourcesOf[form.place]]}
            value={form.resource}
            onChange={resource => set({ resource })}
            limit={12}
          />
          {form.place !== 'workspace' && (
            <TextInput
              label={`${t('object')} (${c('optional')})`}
              description={t('objectText')}
              value={form.name}
              onChange={event => set({ name: event.currentTarget.value })}
              autoComplete="off"
              spellCheck={false}
            />
          )}
        </Form>
      </CardBody>
    </Card>
  );
}

function Answer({ asked }: { readonly asked: Asked }) {
  const t = useMessages(messages);
  const question = questionOf(asked);
  const { data, error } = useWhy(question, asked.user || undefined);
  return (
    <Card title={t('answer')}>
      {question === undefined && (
        <Notice icon={Scale} title={t('emptyTitle')}>
          {t('emptyText')}
        </Notice>
      )}
      {error && <Problem error={error} />}
      {question && data && (
        <CardBody>
          <WhyAnswer answer={data} verb={verbOf(question)} />
        </CardBody>
      )}
    </Card>
  );
}
