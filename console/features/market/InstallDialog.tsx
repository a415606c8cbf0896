import { useState } from 'react';
import { Button, Checkbox } from '@mantine/core';
import { clusters as clusterRoutes, market } from '@orrery/platform-contract/features';
import type { Extension, ExtensionVersion, InstallPlan } from '@orrery/platform-kinds/types';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { YamlEditor } from '../../blocks/yaml/YamlEditor.tsx';
import { useAction, useCall } from '../../data/calls.ts';
import { useFields } from '../../ui/form.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { scrollable } from '../../ui/scrollable.ts';
import { changedPlan, permissionsIn, planOf, titleOf, valuesIn } from './market.ts';
import styles from './market.module.css';
import { messages } from './messages.data.ts';

interface InstallDialogProps {
  readonly extension: Extension;
  /** Of what is installed; without one it is installed. */
  readonly plan: InstallPlan | undefined;
  readonly versions: readonly ExtensionVersion[];
  /** The one to begin with. */
  readonly version: string;
  readonly close: () => void;
}

/** Which version, and what is to be other than its chart says. */
export function InstallDialog({ extension, plan, versions, version, close }: InstallDialogProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const [language] = useLanguage();
  const name = extension.metadata.name ?? '';
  const title = titleOf(extension, language);
  const form = useFields({ version, config: plan?.spec.config ?? '' });
  const [clusters, setClusters] = useState(plan?.spec.clusterScheduling?.placement?.clusters ?? ['host']);
  const saving = useSave(form, { version: 'spec.extension', config: 'spec.config' });
  const create = useAction(market.createPlan);
  const update = useAction(market.updatePlan);
  const chosen = versions.find(({ spec }) => spec.version === form.values.version);
  const isEverywhere = chosen?.spec.installationMode === 'Multicluster';
  const wish = { ...form.values, ...(isEverywhere && { clusters }) };
  const submit = async () => {
    const send = () =>
      plan
        ? update.run({ path: { plan: name }, body: changedPlan(plan, wish) })
        : create.run({ body: planOf(name, wish) });
    if (await saving.run(send, t('begun', { name: title }))) close();
  };
  const needs = chosen?.spec.externalDependencies ?? [];
  return (
    <FormDialog
      title={t(plan ? (version === plan.spec.extension.version ? 'configureNamed' : 'upgradeNamed') : 'installNamed', {
        name: title,
      })}
      description={
        needs.length > 0 && t('needsText', { names: needs.map(each => `${each.name} ${each.version}`).join(', ') })
      }
      wide
      opened
      close={close}
      submit={plan ? c('save') : t('install')}
      blocked={form.values.version === '' || (isEverywhere && clusters.length === 0)}
      pending={saving.pending}
      problem={form.errors.version ?? form.errors.config ?? saving.problem}
      onSubmit={() => void submit()}
    >
      <SelectField
        label={t('version')}
        choices={versions.map(({ spec }) => ({ value: spec.version ?? '', title: spec.version ?? '' }))}
        value={form.values.version}
        onChange={value => form.set('version', value)}
      />
      {isEverywhere && <Clusters chosen={clusters} onChange={setClusters} />}
      <Values version={chosen} value={form.values.config} onChange={value => form.set('config', value)} />
    </FormDialog>
  );
}

interface ValuesProps {
  readonly version: ExtensionVersion | undefined;
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function Values({ version, value, onChange }: ValuesProps) {
  const t = useMessages(messages);
  const path = { version: version?.metadata.name ?? '' };
  const files = useCall(market.files, { path, when: version !== undefined, freshMs: 60_000 }).data;
  const values = valuesIn(files ?? []);
  const permissions = permissionsIn(files ?? []);
  return (
    <div className={styles.values}>
      <div className={styles.label}>
        <span>{t('values')}</span>
        {values !== undefined && value.trim() === '' && (
          <Button variant="subtle" size="compact-sm" onClick={() => onChange(values)}>
            {t('chartValues')}
          </Button>
        )}
      </div>
      <p className={styles.hint}>{t('valuesText')}</p>
      {permissions !== undefined && (
        <details className={styles.permissions}>
          <summary>{t('permissions')}</summary>
          <pre {...scrollable}>{permissions}</pre>
        </details>
      )}
      <YamlEditor label={t('values')} value={value} onChange={onChange} height="34vh" />
    </div>
  );
}

const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

interface ClustersProps {
  readonly chosen: readonly string[];
  readonly onChange: (chosen: string[]) => void;
}

/** Where the part of an extension that belongs to clusters goes. */
function Clusters({ chosen, onChange }: ClustersProps) {
  const t = useMessages(messages);
  const found = useCall(clusterRoutes.list, { query: many }).data?.items ?? [];
  const names = [...new Set([...found.map(({ metadata }) => metadata.name ?? ''), ...chosen])];
  return (
    <Checkbox.Group label={t('clusters')} description={t('clustersText')} value={[...chosen]} onChange={onChange}>
      {names.map(name => (
        <Checkbox key={name} value={name} label={name} mt={6} />
      ))}
    </Checkbox.Group>
  );
}
