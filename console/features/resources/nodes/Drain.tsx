import { useState } from 'react';
import { Checkbox, TextInput } from '@mantine/core';
import { CircleStop, LogOut } from 'lucide-react';
import { isReason } from '@orrery/machinery/status';
import { operations as routes } from '@orrery/platform-contract/features';
import { Action } from '../../../blocks/Action.tsx';
import { Card, CardBody, Stack } from '../../../blocks/card/Card.tsx';
import { Form } from '../../../blocks/Form.tsx';
import { PlainTable } from '../../../blocks/PlainTable.tsx';
import { Problem } from '../../../blocks/Problem.tsx';
import { useSave } from '../../../blocks/useSave.ts';
import { useAction, useCall } from '../../../data/calls.ts';
import { useLive } from '../../../data/live.ts';
import { problemOf } from '../../../data/problems.ts';
import { Age } from '../../../ui/Age.tsx';
import { Badge } from '../../../ui/Badge.tsx';
import { useFields } from '../../../ui/form.ts';
import { useMessages } from '../../../ui/locale.ts';
import { useToasts } from '../../../ui/Toaster.tsx';
import { ObjectLink } from '../Cells.tsx';
import type { TabProps } from '../tabs/index.tsx';
import { drainBody, drainTones, goneOf, isSeconds, podsOf, podTones } from './drain.ts';
import { nodeMessages } from './messages.data.ts';

interface NodeProps {
  readonly node: string;
}

/** Emptying a node, and how far that is. */
export default function Drain({ object }: TabProps) {
  const node = object.metadata.name ?? '';
  const last = useCall(routes.drainProgress, { path: { node } });
  const [begun, setBegun] = useState(0);
  const isThere = begun > 0 || last.data !== undefined;
  const none = isReason(last.error, 'NotFound');
  return (
    <Stack>
      {isThere && <Progress key={begun} node={node} />}
      {!isThere && last.error && !none && <Problem error={last.error} again={last.again} />}
      <Start node={node} onBegun={() => setBegun(begun + 1)} />
    </Stack>
  );
}

function Start({ node, onBegun }: NodeProps & { readonly onBegun: () => void }) {
  const t = useMessages(nodeMessages);
  const drain = useAction(routes.drainNode);
  const form = useFields({ grace: '', timeout: '' });
  const [force, setForce] = useState(false);
  const [deleteData, setDeleteData] = useState(false);
  const saving = useSave(form, { grace: 'gracePeriodSeconds', timeout: 'timeoutSeconds' });
  const isWrong = !isSeconds(form.values.grace, 0) || !isSeconds(form.values.timeout, 1);
  const submit = async () => {
    if (isWrong) return;
    const body = drainBody({ ...form.values, force, deleteData });
    if (await saving.run(() => drain.run({ path: { node }, body }), t('started', { name: node }))) onBegun();
  };
  const seconds = (name: 'grace' | 'timeout', least: number) => (
    <TextInput
      {...form.input(name)}
      error={form.errors[name] ?? (isSeconds(form.values[name], least) ? undefined : t('notANumber'))}
      label={t(name)}
      description={t(`${name}Text`)}
      inputMode="numeric"
      autoComplete="off"
    />
  );
  return (
    <Card title={t('drain')} description={t('drainText')}>
      <CardBody>
        <Form
          onSubmit={() => void submit()}
          problem={saving.problem}
          button={
            <Action
              icon={LogOut}
              variant="danger"
              question={{ route: routes.drainNode, path: { node } }}
              disabledReason={isWrong ? t('notANumber') : undefined}
              pending={saving.pending}
              onRun={() => void submit()}
            >
              {t('start')}
            </Action>
          }
        >
          <Checkbox
            label={t('force')}
            description={t('forceText')}
            checked={force}
            onChange={event => setForce(event.currentTarget.checked)}
          />
          <Checkbox
            label={t('deleteData')}
            description={t('deleteDataText')}
            checked={deleteData}
            onChange={event => setDeleteData(event.currentTarget.checked)}
          />
          {seconds('grace', 0)}
          {seconds('timeout', 1)}
        </Form>
      </CardBody>
    </Card>
  );
}

/** It comes by the stream, pod by pod. */
function Progress({ node }: NodeProps) {
  const t = useMessages(nodeMessages);
  const toasts = useToasts();
  const { data: drain, error } = useLive(routes.drainProgress, { path: { node } });
  const cancel = useAction(routes.cancelDrain);
  if (!drain) return error ? <Problem error={error} /> : null;
  const total = drain.pods.length;
  const stop = async () => {
    try {
      await cancel.run({ path: { node } });
      toasts.show({ tone: 'good', title: t('cancelled') });
    } catch (failure) {
      toasts.show({ tone: 'bad', title: problemOf(failure).message });
    }
  };
  const words = [
    total > 0 && t('progress', { gone: goneOf(drain), total }),
    drain.skipped > 0 && t('skipped', { count: drain.skipped }),
    t('by', { user: drain.user }),
  ];
  return (
    <Card
      title={t('last')}
      description={drain.message}
      aside={
        <>
          <span role="status">
            <Badge tone={drainTones[drain.state]}>{t(`drain_${drain.state}`)}</Badge>
          </span>
          {drain.state === 'Running' && (
            <Action
              icon={CircleStop}
              question={{ route: routes.cancelDrain, path: { node } }}
              pending={cancel.pending}
              onRun={() => void stop()}
            >
              {t('cancel')}
            </Action>
          )}
        </>
      }
    >
      <CardBody>
        {total > 0 && (
          <progress value={goneOf(drain)} max={Math.max(total, 1)} aria-label={t('last')} style={{ width: '100%' }} />
        )}
        <span>
          {words.filter(Boolean).join(' · ')} · <Age time={drain.startTime} />
        </span>
        <PlainTable
          label={t('last')}
          head={[t('pod'), t('state'), t('message')]}
          empty={t('noPods')}
          rows={podsOf(drain).map(({ namespace, name, state, message }) => [
            <ObjectLink key="pod" to={{ resource: 'pods', name, namespace }} namespace={namespace} />,
            <Badge key="state" tone={podTones[state]}>
              {t(`pod_${state}`)}
            </Badge>,
            message,
          ])}
        />
      </CardBody>
    </Card>
  );
}
