import type { ExtensionVersion, InstallPlan } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { isUnderWay } from './market.ts';
import { messages } from './messages.data.ts';
import { market } from '@orrery/platform-contract/features';

interface VersionsProps {
  /** The newest first. */
  readonly versions: readonly ExtensionVersion[];
  readonly plan: InstallPlan | undefined;
  readonly onChoose: (version: string) => void;
}

/** All versions, and the way to each. */
export function Versions({ versions, plan, onChoose }: VersionsProps) {
  const t = useMessages(messages);
  const question = plan
    ? { route: market.updatePlan, path: { plan: plan.metadata.name ?? '' } }
    : { route: market.createPlan };
  const wait = isUnderWay(plan?.status?.state) ? t('underWay') : undefined;
  return (
    <PlainTable
      label={t('versions')}
      head={[t('version'), t('repository'), t('needs'), t('released'), t('install')]}
      empty={t('noVersion')}
      rows={versions.map(({ metadata, spec }) => [
        spec.version,
        spec.repository || t('uploadedChart'),
        needsOf(spec),
        <Age key="age" time={spec.created ?? metadata.creationTimestamp} />,
        spec.version === plan?.status?.version ? (
          <Badge key="here" tone="good">
            {t('state_Installed')}
          </Badge>
        ) : (
          <Action key="choose" question={question} disabledReason={wait} onRun={() => onChoose(spec.version ?? '')}>
            {t('install')}
            <span className="o-hidden"> {spec.version}</span>
          </Action>
        ),
      ])}
    />
  );
}

const needsOf = ({ kubeVersion, ksVersion, externalDependencies = [] }: ExtensionVersion['spec']): string | undefined =>
  [
    kubeVersion && `Kubernetes ${kubeVersion}`,
    ksVersion && `KubeSphere ${ksVersion}`,
    ...externalDependencies.map(({ name, version }) => `${name} ${version}`),
  ]
    .filter(Boolean)
    .join(' · ') || undefined;
