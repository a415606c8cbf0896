import { useState } from 'react';
import { TextInput } from '@mantine/core';
import { ShieldCheck, Tags } from 'lucide-react';
import type { Secret } from '@orrery/kinds/types';
import { registries as routes } from '@orrery/platform-contract/features';
import { Action } from '../../../blocks/Action.tsx';
import { Card, CardBody, Stack } from '../../../blocks/card/Card.tsx';
import { Form } from '../../../blocks/Form.tsx';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { SelectField } from '../../../blocks/SelectField.tsx';
import { useSave } from '../../../blocks/useSave.ts';
import { useAction } from '../../../data/calls.ts';
import { problemOf } from '../../../data/problems.ts';
import { Badge } from '../../../ui/Badge.tsx';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import type { TabProps } from '../tabs/index.tsx';
import { opens, registriesIn, repositoryIn } from './credentials.ts';
import { ImageTags } from './ImageTags.tsx';
import { credentialMessages } from './messages.data.ts';

interface SecretProps {
  readonly secret: Secret;
}

/** Whether what a Secret says is taken where it is for. */
export default function Credentials({ object }: TabProps) {
  const t = useMessages(credentialMessages);
  const secret = object as Secret;
  const kind = opens(secret);
  if (kind === undefined) return <p>{t('nothing')}</p>;
  if (kind === 'git') return <GitCheck secret={secret} />;
  return (
    <Stack>
      <RegistryCheck secret={secret} />
      {registriesIn(secret).length > 0 && <Images secret={secret} />}
    </Stack>
  );
}

function RegistryCheck({ secret }: SecretProps) {
  const t = useMessages(credentialMessages);
  const verify = useAction(routes.verifySecret);
  const [worked, setWorked] = useState(false);
  const { name = '', namespace = '' } = secret.metadata;
  const path = { namespace, secret: name };
  const run = async () => {
    setWorked(false);
    try {
      await verify.run({ path, body: secret });
      setWorked(true);
    } catch {
      // It is shown.
    }
  };
  return (
    <Card
      title={t('registries')}
      description={t('registriesText')}
      aside={
        <>
          <span role="status">
            {worked && <Badge tone="good">{t('works')}</Badge>}
            {verify.error && <Badge tone="bad">{problemOf(verify.error).message}</Badge>}
          </span>
          <Action
            icon={ShieldCheck}
            question={{ route: routes.verifySecret, path }}
            pending={verify.pending}
            onRun={() => void run()}
          >
            {t('check')}
          </Action>
        </>
      }
    >
      <CardBody>
        <PlainTable
          label={t('registries')}
          head={[t('registry'), t('user')]}
          empty={t('none')}
          rows={registriesIn(secret).map(({ registry, user }) => [registry, user])}
        />
      </CardBody>
    </Card>
  );
}

function Images({ secret }: SecretProps) {
  const t = useMessages(credentialMessages);
  const all = registriesIn(secret);
  const { name = '', namespace = '' } = secret.metadata;
  const form = useFields({ registry: all[0]?.registry ?? '', name: '' });
  const [shown, setShown] = useState<string>();
  const isEmpty = form.values.name.trim() === '';
  const show = () => {
    if (!isEmpty) setShown(repositoryIn(form.values.registry, form.values.name));
  };
  return (
    <Card title={t('images')} description={t('imagesText')}>
      <CardBody>
        <Form
          onSubmit={show}
          button={
            <Action icon={Tags} disabledReason={isEmpty ? t('typeFirst') : undefined} onRun={show}>
              {t('showTags')}
            </Action>
          }
        >
          {all.length > 1 && (
            <SelectField
              label={t('registry')}
              value={form.values.registry}
              onChange={value => form.set('registry', value)}
              choices={all.map(({ registry }) => ({ value: registry, title: registry }))}
            />
          )}
          <TextInput
            {...form.input('name')}
            label={t('repository')}
            description={t('repositoryText')}
            autoComplete="off"
            spellCheck={false}
          />
        </Form>
        {shown && <ImageTags key={shown} namespace={namespace} secret={name} repository={shown} />}
      </CardBody>
    </Card>
  );
}

function GitCheck({ secret }: SecretProps) {
  const t = useMessages(credentialMessages);
  const verify = useAction(routes.verifyGit);
  const form = useFields({ url: '' });
  const saving = useSave(form, { url: 'remoteUrl' });
  const { name = '', namespace = '' } = secret.metadata;
  const remoteUrl = form.values.url.trim();
  const submit = () => {
    if (remoteUrl !== '')
      void saving.run(() => verify.run({ body: { remoteUrl, secretRef: { namespace, name } } }), t('readable'));
  };
  return (
    <Card title={t('git')} description={t('gitText')}>
      <CardBody>
        <Form
          onSubmit={submit}
          problem={saving.problem}
          button={
            <Action
              icon={ShieldCheck}
              variant="primary"
              disabledReason={remoteUrl === '' ? t('typeFirst') : undefined}
              pending={saving.pending}
              onRun={submit}
            >
              {t('checkGit')}
            </Action>
          }
        >
          <TextInput
            {...form.input('url')}
            label={t('url')}
            description={t('urlText')}
            type="url"
            autoComplete="off"
            spellCheck={false}
          />
        </Form>
      </CardBody>
    </Card>
  );
}
