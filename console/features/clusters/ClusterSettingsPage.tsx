import { useState } from 'react';
import { useRouter } from '@tanstack/react-router';
import { Trash2 } from 'lucide-react';
import { clusters as routes, type Cluster } from '@orrery/platform-contract/features';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Facts } from '../../blocks/card/Card.tsx';
import { Form } from '../../blocks/Form.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { ClusterContext } from '../../data/context.ts';
import { hostCluster } from '../../data/data.ts';
import { useLive } from '../../data/live.ts';
import { Badge } from '../../ui/Badge.tsx';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { clusterFields, isGood, isHost, tagOf } from './cluster.ts';
import { ClusterState } from './ClusterState.tsx';
import { KubeconfigInput } from './KubeconfigInput.tsx';
import { messages } from './messages.data.ts';
import { RemoveCluster } from './RemoveCluster.tsx';
import { Visibility } from './Visibility.tsx';

interface Part {
  readonly cluster: Cluster;
}

/** What the host says of a cluster: also of one that does not answer. */
export default function ClusterSettingsPage({ params }: PageProps<'/clusters/$cluster/settings'>) {
  return (
    <ClusterContext value={hostCluster}>
      <Settings name={params.cluster} />
    </ClusterContext>
  );
}

function Settings({ name }: { readonly name: string }) {
  const t = useMessages(messages);
  const { data: cluster, error } = useLive(routes.get, { path: { cluster: name } });
  return (
    <PageFrame
      title={t('settings')}
      description={t('settingsText')}
      badge={cluster && <ClusterState cluster={cluster} />}
    >
      {error && <Problem error={error} />}
      {cluster && (
        <>
          <State cluster={cluster} />
          <Visibility cluster={cluster} />
          {!isHost(cluster) && <Kubeconfig cluster={cluster} />}
          <Removal cluster={cluster} />
        </>
      )}
    </PageFrame>
  );
}

function State({ cluster: { status, spec, ...cluster } }: Part) {
  const t = useMessages(messages);
  const tag = tagOf({ status, spec, ...cluster });
  return (
    <Card title={t('conditions')}>
      <Facts
        rows={[
          ...status.conditions.map(
            condition =>
              [
                t(condition.type as 'Ready'),
                <span key={condition.type}>
                  <Badge tone={isGood(condition) ? 'good' : 'bad'}>{t(isGood(condition) ? 'good' : 'no')}</Badge>{' '}
                  {!isGood(condition) && (condition.message ?? condition.reason)}
                </span>,
              ] as const,
          ),
          [t('version'), status.kubernetesVersion ?? '–'],
          [t('nodes'), String(status.nodeCount)],
          [t('address'), spec.connection.kubernetesAPIEndpoint ?? '–'],
          [t('tag'), t(`tag_${tag ?? 'none'}`)],
          [t('provider'), spec.provider ?? '–'],
          ...(status.region ? [[t('region'), status.region] as const] : []),
          ...(status.zones?.length ? [[t('zones'), status.zones.join(', ')] as const] : []),
          ...(status.uid ? [[t('uid'), <code key="uid">{status.uid}</code>] as const] : []),
        ]}
      />
    </Card>
  );
}

function Kubeconfig({ cluster }: Part) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const name = cluster.metadata.name ?? '';
  const form = useFields({ kubeconfig: '' });
  const update = useAction(routes.updateKubeconfig);
  const saving = useSave(form, { kubeconfig: clusterFields.kubeconfig });
  const kubeconfig = form.values.kubeconfig.trim();
  const path = { cluster: name };
  const submit = async () => {
    if (kubeconfig === '') return;
    if (await saving.run(() => update.run({ path, body: { kubeconfig } }), t('updated', { name }))) form.reset();
  };
  return (
    <Card title={t('updateKubeconfig')} description={t('updateText')}>
      <CardBody>
        <Form
          onSubmit={() => void submit()}
          problem={saving.problem}
          button={
            <Action
              variant="primary"
              question={{ route: routes.updateKubeconfig, path }}
              disabledReason={kubeconfig === '' ? t('kubeconfigText') : undefined}
              pending={saving.pending}
              onRun={() => void submit()}
            >
              {c('save')}
            </Action>
          }
        >
          <KubeconfigInput form={form} />
        </Form>
      </CardBody>
    </Card>
  );
}

function Removal({ cluster }: Part) {
  const t = useMessages(messages);
  const router = useRouter();
  const [leaving, setLeaving] = useState(false);
  const name = cluster.metadata.name ?? '';
  return (
    <Card title={t('remove')} description={t('removeText')} danger>
      <CardBody>
        <div>
          <Action
            icon={Trash2}
            variant="danger"
            question={{ route: routes.delete, path: { cluster: name } }}
            disabledReason={isHost(cluster) ? t('isHost') : undefined}
            onRun={() => setLeaving(true)}
          >
            {t('remove')}
          </Action>
        </div>
      </CardBody>
      <RemoveCluster
        name={leaving ? name : undefined}
        close={() => setLeaving(false)}
        onDone={() => router.history.push('/clusters')}
      />
    </Card>
  );
}
