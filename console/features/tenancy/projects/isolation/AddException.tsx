import { TextInput } from '@mantine/core';
import { resources as routes, tenancy } from '@orrery/platform-contract/features';
import { FormDialog } from '../../../../blocks/FormDialog.tsx';
import { ObjectInput } from '../../../../blocks/ObjectInput.tsx';
import { SelectField } from '../../../../blocks/SelectField.tsx';
import { useSave } from '../../../../blocks/useSave.ts';
import { useCall } from '../../../../data/calls.ts';
import { useClusterData } from '../../../../data/context.ts';
import { useFields, type Fields } from '../../../../ui/form.ts';
import { useMessages } from '../../../../ui/locale.ts';
import { common } from '../../../../ui/messages.data.ts';
import { useSettled } from '../../../../ui/time.ts';
import type { MessageKey } from '../../../../util/messages.ts';
import type { OpenTo } from '../isolation.ts';
import styles from '../project.module.css';
import { allowing, emptyException, exceptionsIn, policyOf, wrongIn, type ExceptionForm } from './exceptions.ts';
import { isolationMessages } from './messages.data.ts';

export interface AddExceptionProps {
  readonly namespace: string;
  readonly open: OpenTo;
  readonly close: () => void;
}

const kinds = ['project', 'service', 'addresses'] as const;
const fields: Readonly<Record<string, string>> = {};

/** One other that is let through. */
export function AddException({ namespace, open, close }: AddExceptionProps) {
  const t = useMessages(isolationMessages);
  const { native } = useClusterData();
  const form = useFields<ExceptionForm>(emptyException);
  const saving = useSave(form, fields);
  const isOut = form.values.side === 'egress';
  const submit = async () => {
    const wrong = wrongIn(form.values);
    if (wrong.length > 0) return form.fail(Object.fromEntries(wrong.map(name => [name, t(wordOf(name))])));
    const policy = policyOf(form.values);
    const { text = '' } = exceptionsIn([policy])[0] ?? {};
    if (await saving.run(() => native.create(allowing, policy, { namespace }), t('added', { text }))) close();
  };
  return (
    <FormDialog
      title={t('add')}
      opened
      close={close}
      submit={t('add')}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <SelectField
        label={t('direction')}
        choices={[
          { value: 'ingress', title: t('in') },
          { value: 'egress', title: t('out') },
        ]}
        value={form.values.side}
        onChange={side => form.set('side', side)}
      />
      {(isOut || open === 'everybody') && <p className={styles.note}>{t(isOut ? 'closesOut' : 'closesIn')}</p>}
      <SelectField
        label={t('kind')}
        choices={kinds.map(value => ({ value, title: t(`kind_${value}`) }))}
        value={form.values.kind}
        onChange={kind => form.set('kind', kind)}
      />
      <OtherFields form={form} />
      <PortsField form={form} />
    </FormDialog>
  );
}

const wordOf = (name: keyof ExceptionForm) => `wrong_${name}` as MessageKey<typeof isolationMessages>;

interface Part {
  readonly form: Fields<ExceptionForm>;
}

function OtherFields({ form }: Part) {
  const t = useMessages(isolationMessages);
  const c = useMessages(common);
  const { kind, namespace } = form.values;
  if (kind === 'addresses')
    return (
      <>
        <TextInput {...form.input('cidr')} label={t('cidr')} placeholder="10.0.0.0/8" autoComplete="off" />
        <TextInput {...form.input('except')} label={`${t('except')} (${c('optional')})`} autoComplete="off" />
      </>
    );
  return (
    <>
      <ObjectInput
        label={t('project')}
        route={tenancy.projects}
        value={namespace}
        error={form.errors.namespace}
        onChange={name => form.set('namespace', name)}
        autoFocus
      />
      {kind === 'service' && <ServiceField form={form} />}
    </>
  );
}

const pauseMs = 150;

/** What services there are is asked once the project is one that may be seen. */
function ServiceField({ form }: Part) {
  const t = useMessages(isolationMessages);
  const namespace = useSettled(form.values.namespace.trim(), pauseMs);
  const query = { limit: 50, name: namespace } as const;
  const found = useCall(tenancy.projects, { query: query as never, when: namespace !== '' }).data;
  const isThere = found?.items.some(({ metadata }) => metadata.name === namespace) === true;
  const words = { label: t('service'), description: t('serviceText') };
  if (!isThere) return <TextInput {...words} {...form.input('service')} autoComplete="off" spellCheck={false} />;
  return (
    <ObjectInput
      {...words}
      route={routes.listIn}
      path={{ namespace, resources: 'services' }}
      value={form.values.service}
      error={form.errors.service}
      onChange={name => form.set('service', name)}
    />
  );
}

function PortsField({ form }: Part) {
  const t = useMessages(isolationMessages);
  const c = useMessages(common);
  return (
    <TextInput
      {...form.input('ports')}
      label={`${t('ports')} (${c('optional')})`}
      description={t('portsText')}
      autoComplete="off"
      spellCheck={false}
    />
  );
}
