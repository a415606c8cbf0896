import { useState } from 'react';
import type { KubeObject } from '@orrery/machinery/meta';
import { departments, roles } from '@orrery/platform-contract/features';
import type { Group, User } from '@orrery/platform-kinds/types';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { CreateDialog, MarkFields, NameFields } from '../../blocks/CreateDialog.tsx';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { ObjectsInput } from '../../blocks/ObjectsInput.tsx';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { useAction } from '../../data/calls.ts';
import { useCluster } from '../../data/context.ts';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { messages } from './messages.data.ts';
import {
  departmentFields,
  departmentOf,
  departmentPatch,
  movePatch,
  projectRolesOf,
  workspaceRoleOf,
} from './rights.ts';
import { ProjectRoles, WorkspaceRole } from './RoleFields.tsx';
import { aboutOf, nameOf, parentOf, placesFor, rowsOf, titleOf, type Tree } from './tree.ts';

interface Of {
  readonly workspace: string;
  readonly group: Group;
  readonly close: () => void;
}

interface CreateProps {
  readonly workspace: string;
  readonly tree: Tree;
  /** What it is to be part of, at first. */
  readonly below: string;
  readonly close: () => void;
}

const choiceOf = (group: Group) => ({ value: nameOf(group), title: titleOf(group) });

export function CreateDepartment({ workspace, tree, below, close }: CreateProps) {
  const t = useMessages(messages);
  const form = useFields({ name: '', alias: '', description: '', parent: below, role: '' });
  const name = form.values.name.trim();
  const all = rowsOf(tree, new Set()).map(row => tree.all.get(row.name)!);
  return (
    <CreateDialog
      title={t('create')}
      description={t('createText')}
      opened
      close={close}
      route={departments.create}
      options={() => ({ path: { workspace }, body: departmentOf(form.values) })}
      form={form}
      fields={departmentFields}
      ready={name !== ''}
      done={t('created', { name })}
    >
      <NameFields form={form} />
      <SelectField
        label={t('parent')}
        choices={[{ value: '', title: t('top') }, ...all.map(choiceOf)]}
        value={form.values.parent}
        onChange={parent => form.set('parent', parent)}
      />
      <WorkspaceRole workspace={workspace} value={form.values.role} onChange={role => form.set('role', role)} />
    </CreateDialog>
  );
}

export function EditDepartment({ workspace, group, close }: Of) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const cluster = useCluster();
  const name = nameOf(group);
  const patch = useAction(departments.patch);
  const form = useFields({
    alias: titleOf(group) === name ? '' : titleOf(group),
    description: aboutOf(group) ?? '',
    role: workspaceRoleOf(group),
  });
  const [inProjects, setInProjects] = useState(projectRolesOf(group));
  const saving = useSave(form, departmentFields);
  const submit = async () => {
    const body = departmentPatch(form.values, inProjects, cluster) as Group;
    if (await saving.run(() => patch.run({ path: { workspace, department: name }, body }))) close();
  };
  return (
    <FormDialog
      title={t('editNamed', { name: titleOf(group) })}
      description={t('editText')}
      opened
      close={close}
      submit={c('save')}
      pending={saving.pending}
      problem={saving.problem ?? form.errors.role}
      onSubmit={() => void submit()}
    >
      <MarkFields form={form} />
      <WorkspaceRole workspace={workspace} value={form.values.role} onChange={role => form.set('role', role)} />
      <ProjectRoles workspace={workspace} values={inProjects} onChange={setInProjects} />
    </FormDialog>
  );
}

export function MoveDepartment({ workspace, group, tree, close }: Of & { readonly tree: Tree }) {
  const t = useMessages(messages);
  const name = nameOf(group);
  const known = parentOf(name, tree) ?? '';
  const [parent, setParent] = useState(known);
  const patch = useAction(departments.patch);
  const saving = useSave({ fail: () => {} }, {});
  const submit = async () => {
    const move = () => patch.run({ path: { workspace, department: name }, body: movePatch(parent) as Group });
    if (await saving.run(move, t('moved', { name: titleOf(group) }))) close();
  };
  return (
    <FormDialog
      title={t('moveNamed', { name: titleOf(group) })}
      description={t('moveText')}
      opened
      close={close}
      submit={t('move')}
      blocked={parent === known}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <SelectField
        label={t('parent')}
        choices={[{ value: '', title: t('top') }, ...placesFor(name, tree).map(choiceOf)]}
        value={parent}
        onChange={setParent}
      />
    </FormDialog>
  );
}

export function RemoveDepartment({ workspace, group, close }: Of) {
  const t = useMessages(messages);
  const remove = useAction(departments.delete);
  return (
    <ConfirmDelete
      name={nameOf(group)}
      consequence={t('removeText')}
      close={close}
      onDelete={department => remove.run({ path: { workspace, department } })}
    />
  );
}

const calledOf = (object: KubeObject): string | undefined => {
  const { spec } = object as User;
  return spec.displayName ?? spec.email;
};

export function AddMembers({ workspace, group, close }: Of) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const [users, setUsers] = useState<readonly string[]>([]);
  const add = useAction(departments.addMembers);
  const saving = useSave({ fail: () => {} }, {});
  const submit = async () => {
    const body = users.map(userName => ({ userName, groupName: nameOf(group) }));
    const done = t('added', { count: users.length, names: users.join(', ') });
    if (await saving.run(() => add.run({ path: { workspace }, body }), done)) close();
  };
  return (
    <FormDialog
      title={t('addMembersTo', { name: titleOf(group) })}
      description={t('addMembersText')}
      opened
      close={close}
      submit={c('save')}
      blocked={users.length === 0}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <ObjectsInput
        label={t('user')}
        description={t('userText')}
        route={roles.workspaceMembers}
        path={{ workspace }}
        values={users}
        onChange={setUsers}
        hint={calledOf}
        autoFocus
      />
    </FormDialog>
  );
}
