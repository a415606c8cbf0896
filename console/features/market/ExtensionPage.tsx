import { lazy, Suspense, useState } from 'react';
import { CircleArrowUp, CirclePause, CirclePlay, Download, FileText, Settings2, Trash2 } from 'lucide-react';
import type { Extension, ExtensionVersion, InstallPlan } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody } from '../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { DetailFrame } from '../../blocks/DetailFrame.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { YamlEditor } from '../../blocks/yaml/YamlEditor.tsx';
import { useAction, useCall } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { Notice } from '../../ui/Notice.tsx';
import { DisableDialog } from './DisableDialog.tsx';
import { InstallDialog } from './InstallDialog.tsx';
import {
  aboutOf,
  failureOf,
  isEnabled,
  isUnderWay,
  latestOf,
  ofExtension,
  providerOf,
  readmeIn,
  sortedVersions,
  switchedPlan,
  titleOf,
  upgradeOf,
} from './market.ts';
import { messages } from './messages.data.ts';
import { Progress } from './Progress.tsx';
import { market } from '@orrery/platform-contract/features';
import { ExtensionState } from './State.tsx';
import { Versions } from './Versions.tsx';

const Markdown = lazy(() => import('../../blocks/markdown/Markdown.tsx'));
const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

/** What is being done: with which version, where that is asked. */
type Doing =
  { readonly what: 'install' | 'change'; readonly version: string } | { readonly what: 'disable' | 'remove' };

export default function ExtensionPage({ params: { extension: name } }: PageProps<'/extensions/$extension'>) {
  const found = useLive(market.get, { path: { extension: name } });
  // What is installed and has left the market can still be uninstalled.
  const plan = useLive(market.plan, { path: { plan: name } });
  const versions = useLive(market.versions, { query: { ...many, labelSelector: ofExtension(name) } });
  if (!found.data) return <PageFrame title={name}>{found.error && <Problem error={found.error} />}</PageFrame>;
  return (
    <Shown
      extension={found.data}
      plan={plan.gone ? undefined : plan.data}
      versions={sortedVersions(versions.data?.items ?? [])}
    />
  );
}

interface ShownProps {
  readonly extension: Extension;
  readonly plan: InstallPlan | undefined;
  readonly versions: readonly ExtensionVersion[];
}

function Shown({ extension, plan, versions }: ShownProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const [language] = useLanguage();
  const [doing, setDoing] = useState<Doing>();
  const uninstall = useAction(market.deletePlan);
  const name = extension.metadata.name ?? '';
  const close = () => setDoing(undefined);
  const title = titleOf(extension, language);
  const current = versions.find(({ spec }) => spec.version === (plan?.spec.extension.version ?? latestOf(extension)));
  const begin = (version: string) => setDoing({ what: plan ? 'change' : 'install', version });
  return (
    <>
      <DetailFrame
        title={title}
        description={failureOf(plan) ?? aboutOf(extension, language)}
        badge={<ExtensionState extension={extension} plan={plan} />}
        actions={<Actions extension={extension} plan={plan} onDo={setDoing} />}
        facts={[
          { label: c('name'), value: name },
          { label: t('installedVersion'), value: extension.status?.installedVersion || '–' },
          { label: t('latest'), value: latestOf(extension) ?? '–' },
          { label: t('provider'), value: providerOf(extension, language) ?? '–' },
          { label: t('namespace'), value: plan?.status?.targetNamespace ?? '–' },
        ]}
        tabs={[
          { key: 'readme', title: t('readme'), content: () => <Readme version={current} /> },
          {
            key: 'versions',
            title: t('versions'),
            content: () => <Versions versions={versions} plan={plan} onChoose={begin} />,
          },
          { key: 'configuration', title: t('configuration'), content: () => <Configuration plan={plan} /> },
          { key: 'progress', title: t('progress'), content: () => <Progress plan={plan} /> },
        ]}
      />
      {(doing?.what === 'install' || doing?.what === 'change') && (
        <InstallDialog extension={extension} plan={plan} versions={versions} version={doing.version} close={close} />
      )}
      {doing?.what === 'disable' && plan && <DisableDialog title={title} plan={plan} close={close} />}
      <ConfirmDelete
        name={doing?.what === 'remove' ? name : undefined}
        consequence={t('uninstallText')}
        close={close}
        onDelete={() => uninstall.run({ path: { plan: name } })}
      />
    </>
  );
}

interface ActionsProps extends Omit<ShownProps, 'versions'> {
  readonly onDo: (doing: Doing) => void;
}

function Actions({ extension, plan, onDo }: ActionsProps) {
  const t = useMessages(messages);
  const [language] = useLanguage();
  const update = useAction(market.updatePlan);
  const name = extension.metadata.name ?? '';
  const wait = isUnderWay(plan?.status?.state) ? t('underWay') : undefined;
  const path = { plan: name };
  const latest = latestOf(extension);
  if (!plan)
    return (
      <Action
        icon={Download}
        variant="primary"
        question={{ route: market.createPlan }}
        disabledReason={latest === undefined ? t('noVersion') : undefined}
        onRun={() => onDo({ what: 'install', version: latest! })}
      >
        {t('install')}
      </Action>
    );
  const newer = upgradeOf(extension);
  const change = { route: market.updatePlan, path };
  return (
    <>
      <Action
        icon={Trash2}
        variant="danger"
        question={{ route: market.deletePlan, path }}
        disabledReason={plan.metadata.deletionTimestamp ? t('underWay') : undefined}
        onRun={() => onDo({ what: 'remove' })}
      >
        {t('uninstall')}
      </Action>
      {isEnabled(plan) ? (
        <Action icon={CirclePause} question={change} disabledReason={wait} onRun={() => onDo({ what: 'disable' })}>
          {t('disable')}
        </Action>
      ) : (
        <Action
          icon={CirclePlay}
          question={change}
          disabledReason={wait}
          pending={update.pending}
          onRun={() => void update.run({ path, body: switchedPlan(plan, true) }).catch(() => {})}
        >
          {t('enable')}
        </Action>
      )}
      <Action
        icon={Settings2}
        question={change}
        disabledReason={wait}
        onRun={() => onDo({ what: 'change', version: plan.spec.extension.version })}
      >
        {t('configure')}
      </Action>
      {newer && (
        <Action
          icon={CircleArrowUp}
          variant="primary"
          question={change}
          disabledReason={wait}
          onRun={() => onDo({ what: 'change', version: newer })}
        >
          {t('upgrade', { version: newer })}
        </Action>
      )}
      {update.error && <Failed title={titleOf(extension, language)} error={update.error} />}
    </>
  );
}

const Failed = ({ title, error }: { readonly title: string; readonly error: Error }) => (
  <span role="alert">
    {title}: {error.message}
  </span>
);

/** What the chart tells about itself, in one's own language where it does. */
function Readme({ version }: { readonly version: ExtensionVersion | undefined }) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const [language] = useLanguage();
  const name = version?.metadata.name ?? '';
  const { data, error } = useCall(market.files, {
    path: { version: name },
    when: version !== undefined,
    freshMs: 60_000,
  });
  if (error) return <Problem error={error} />;
  if (version && !data) return <p role="status">{c('waiting')}</p>;
  const readme = readmeIn(data ?? [], language);
  return (
    <Card title={t('readme')} aside={version?.spec.version}>
      {readme === undefined ? (
        <Notice icon={FileText} title={t('noReadme')} />
      ) : (
        <CardBody>
          <Suspense fallback={<p role="status">{c('waiting')}</p>}>
            <Markdown text={readme} />
          </Suspense>
        </CardBody>
      )}
    </Card>
  );
}

function Configuration({ plan }: Pick<ShownProps, 'plan'>) {
  const t = useMessages(messages);
  const config = plan?.spec.config ?? '';
  if (config.trim() === '') return <Notice icon={Settings2} title={t('noConfiguration')} />;
  return <YamlEditor label={t('configuration')} value={config} readOnly height="50vh" />;
}
