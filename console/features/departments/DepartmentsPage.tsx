import { useState } from 'react';
import { Network, Plus } from 'lucide-react';
import { departments } from '@orrery/platform-contract/features';
import type { Group } from '@orrery/platform-kinds/types';
import { Action } from '../../blocks/Action.tsx';
import { Card } from '../../blocks/card/Card.tsx';
import type { PageProps } from '../../blocks/page.ts';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { useDialog, useSearch, useSetSearch } from '../../blocks/place.ts';
import { Problem } from '../../blocks/Problem.tsx';
import { useAction } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useToasts } from '../../ui/Toaster.tsx';
import { Department } from './Department.tsx';
import styles from './departments.module.css';
import { DepartmentTree } from './DepartmentTree.tsx';
import { CreateDepartment } from './dialogs.tsx';
import { messages } from './messages.data.ts';
import { movePatch } from './rights.ts';
import { rowsOf, titleOf, treeOf, type Tree } from './tree.ts';

/** A tree is shown whole: no workspace has more. */
const every = { limit: 500, page: 1 } as const;
const noneClosed: ReadonlySet<string> = new Set();

export default function DepartmentsPage({ params: { workspace } }: PageProps<'/workspaces/$workspace/departments'>) {
  const t = useMessages(messages);
  const create = useDialog('create');
  const [below, setBelow] = useState('');
  const { data, error } = useLive(departments.list, { path: { workspace }, query: every });
  const tree = treeOf(data?.items ?? []);
  const start = (parent: string) => {
    setBelow(parent);
    create.open();
  };
  const button = (variant: 'primary' | 'plain') => (
    <Action
      icon={Plus}
      variant={variant}
      question={{ route: departments.create, path: { workspace } }}
      onRun={() => start('')}
    >
      {t('create')}
    </Action>
  );
  return (
    <PageFrame title={t('departments')} description={t('about')} actions={button('primary')}>
      {error && <Problem error={error} />}
      {data?.items.length === 0 && (
        <Card title={t('departments')}>
          <Notice icon={Network} title={t('emptyTitle')} actions={button('plain')}>
            {t('emptyText')}
          </Notice>
        </Card>
      )}
      {tree.all.size > 0 && <Departments workspace={workspace} tree={tree} onCreateBelow={start} />}
      {create.opened && <CreateDepartment workspace={workspace} tree={tree} below={below} close={create.close} />}
    </PageFrame>
  );
}

interface DepartmentsProps {
  readonly workspace: string;
  readonly tree: Tree;
  readonly onCreateBelow: (parent: string) => void;
}

/** The tree, and beside it the department that the address names. */
function Departments({ workspace, tree, onCreateBelow }: DepartmentsProps) {
  const t = useMessages(messages);
  const toasts = useToasts();
  const search = useSearch();
  const setSearch = useSetSearch();
  const patch = useAction(departments.patch);
  const named = search['department'];
  const name = named !== undefined && tree.all.has(named) ? named : rowsOf(tree, noneClosed)[0]?.name;
  const group = name === undefined ? undefined : tree.all.get(name);
  const move = async (department: string, parent: string) => {
    try {
      await patch.run({ path: { workspace, department }, body: movePatch(parent) as Group });
      toasts.show({ tone: 'good', title: t('moved', { name: titleOf(tree.all.get(department)!) }) });
    } catch (error) {
      toasts.show({ tone: 'bad', title: problemOf(error).message });
    }
  };
  return (
    <div className={styles.page}>
      <Card title={t('departments')}>
        <DepartmentTree
          tree={tree}
          chosen={name}
          // The members' table of another department begins at its own beginning.
          onChoose={department => setSearch(() => ({ department }), true)}
          onMove={(department, parent) => void move(department, parent)}
        />
        <p className={styles.hint}>{t('keys')}</p>
      </Card>
      {group && (
        <Department
          key={name}
          workspace={workspace}
          group={group}
          tree={tree}
          onCreateBelow={() => onCreateBelow(name ?? '')}
        />
      )}
    </div>
  );
}
