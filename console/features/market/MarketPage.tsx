import { useRouter } from '@tanstack/react-router';
import { Blocks, Library, Upload } from 'lucide-react';
import { labels } from '@orrery/platform-kinds/names';
import type { Extension } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { TextCell } from '../../blocks/cells.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog, useSearch } from '../../blocks/place.ts';
import { ResourceTable } from '../../blocks/ResourceTable.tsx';
import { FilterSelect } from '../../blocks/table/FilterSelect.tsx';
import { useCall } from '../../data/calls.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { pathTo } from '../../util/paths.ts';
import { categoryOf, latestOf, providerOf, titleOf, upgradeOf } from './market.ts';
import { messages } from './messages.data.ts';
import { ExtensionCell } from './ExtensionCell.tsx';
import { market } from '@orrery/platform-contract/features';
import { ExtensionState } from './State.tsx';
import { UploadDialog } from './UploadDialog.tsx';

const many = { limit: 100, page: 1, sortBy: 'name', ascending: 'true' } as const;

/** Every extension that there is, installed or not. */
export default function MarketPage() {
  const t = useMessages(messages);
  const [language] = useLanguage();
  const router = useRouter();
  const upload = useDialog('upload');
  const { category } = useSearch();
  const categories = useCall(market.categories, { query: many }).data?.items ?? [];
  const words = new Map(categories.map(each => [each.metadata.name ?? '', titleOf(each, language)]));
  const uploading = (variant: 'primary' | 'plain') => (
    <Action icon={Upload} variant={variant} question={{ route: market.upload }} onRun={upload.open}>
      {t('upload')}
    </Action>
  );
  return (
    <PageFrame
      title={t('title')}
      description={t('about')}
      actions={
        <>
          <Action
            icon={Library}
            question={{ route: market.repositories }}
            onRun={() => router.history.push('/extension-repositories')}
          >
            {t('repositories')}
          </Action>
          {uploading('primary')}
        </>
      }
    >
      <ResourceTable<Extension>
        label={t('title')}
        route={market.list}
        query={category ? { labelSelector: `${labels.marketCategory}=${category}` } : undefined}
        initial={{ sortBy: 'name', ascending: true }}
        href={({ metadata }) => pathTo('/extensions/$extension', { extension: metadata.name ?? '' })}
        filters={
          <FilterSelect
            name="category"
            label={t('category')}
            any={t('anyCategory')}
            choices={[...words].map(([value, title]) => ({ value, title }))}
          />
        }
        columns={[
          { key: 'name', title: t('extension'), sortBy: 'name', cell: row => <ExtensionCell extension={row} /> },
          {
            key: 'category',
            title: t('category'),
            width: '130px',
            cell: row => <TextCell>{words.get(categoryOf(row) ?? '') ?? categoryOf(row)}</TextCell>,
          },
          {
            key: 'provider',
            title: t('provider'),
            width: '120px',
            cell: row => <TextCell>{providerOf(row, language)}</TextCell>,
          },
          { key: 'state', title: t('state'), width: '130px', cell: row => <ExtensionState extension={row} /> },
          { key: 'version', title: t('version'), width: '140px', cell: row => <Version extension={row} /> },
        ]}
        empty={
          category
            ? { icon: Blocks, title: t('noneInFilter'), text: null }
            : { icon: Blocks, title: t('emptyTitle'), text: t('emptyText'), action: uploading('plain') }
        }
      />
      {upload.opened && <UploadDialog close={upload.close} />}
    </PageFrame>
  );
}

/** What is installed, and what it could be; what there is of what is not. */
function Version({ extension }: { readonly extension: Extension }) {
  const installed = extension.status?.installedVersion;
  const newer = upgradeOf(extension);
  if (!installed) return <TextCell>{latestOf(extension)}</TextCell>;
  return newer ? (
    <span>
      {installed} → <strong>{newer}</strong>
    </span>
  ) : (
    <TextCell>{installed}</TextCell>
  );
}
