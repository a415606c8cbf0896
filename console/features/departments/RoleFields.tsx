import { ActionIcon, Button } from '@mantine/core';
import { Plus, X } from 'lucide-react';
import type { KubeObject } from '@orrery/machinery/meta';
import { roles, tenancy } from '@orrery/platform-contract/features';
import { roleMessages } from '../../blocks/roles/messages.data.ts';
import { aliasOf, roleKeyOf, type RolePlace } from '../../blocks/roles/words.ts';
import { SelectField } from '../../blocks/SelectField.tsx';
import { useCall } from '../../data/calls.ts';
import { useMessages } from '../../ui/locale.ts';
import styles from './departments.module.css';
import { messages } from './messages.data.ts';
import type { ProjectRole } from './rights.ts';

const all = { limit: 200, sortBy: 'name', ascending: 'true' } as const;

interface Choice {
  readonly value: string;
  readonly title: string;
}

function useRoleTitles(place: RolePlace, workspace?: string): (role: KubeObject) => Choice {
  const t = useMessages(roleMessages);
  return role => {
    const value = role.metadata.name ?? '';
    const key = roleKeyOf(value, place, workspace);
    return { value, title: key ? t(key) : (aliasOf(role) ?? value) };
  };
}

interface WorkspaceRoleProps {
  readonly workspace: string;
  readonly value: string;
  readonly onChange: (role: string) => void;
}

export function WorkspaceRole({ workspace, value, onChange }: WorkspaceRoleProps) {
  const t = useMessages(messages);
  const titleOf = useRoleTitles('workspace', workspace);
  const found = useCall(roles.workspaceRoles, { path: { workspace }, query: all }).data?.items ?? [];
  return (
    <SelectField
      label={t('workspaceRole')}
      choices={[{ value: '', title: t('noRole') }, ...found.map(titleOf)]}
      value={value}
      onChange={onChange}
    />
  );
}

interface ProjectRolesProps {
  readonly workspace: string;
  readonly values: readonly ProjectRole[];
  readonly onChange: (roles: readonly ProjectRole[]) => void;
}

/** A role in each of some projects. */
export function ProjectRoles({ workspace, values, onChange }: ProjectRolesProps) {
  const t = useMessages(messages);
  const found = useCall(tenancy.workspaceProjects, { path: { workspace }, query: all }).data?.items ?? [];
  const projects = found.map(({ metadata: { name = '' } }) => ({ value: name, title: name }));
  const change = (at: number, role: ProjectRole) => onChange(values.map((each, index) => (index === at ? role : each)));
  return (
    <fieldset className={styles.list}>
      <legend>{t('projectRoles')}</legend>
      {values.map((value, index) => (
        <ProjectRoleRow
          key={index}
          value={value}
          projects={projects}
          onChange={role => change(index, role)}
          onRemove={() => onChange(values.filter((_, at) => at !== index))}
        />
      ))}
      <Button
        variant="default"
        size="compact-sm"
        leftSection={<Plus size={13} />}
        onClick={() => onChange([...values, { namespace: '', role: '' }])}
      >
        {t('addProjectRole')}
      </Button>
    </fieldset>
  );
}

interface ProjectRoleRowProps {
  readonly value: ProjectRole;
  readonly projects: readonly Choice[];
  readonly onChange: (role: ProjectRole) => void;
  readonly onRemove: () => void;
}

function ProjectRoleRow({ value: { namespace, role }, projects, onChange, onRemove }: ProjectRoleRowProps) {
  const t = useMessages(messages);
  const titleOf = useRoleTitles('project');
  const found = useCall(roles.projectRoles, { path: { namespace }, query: all, when: namespace !== '' }).data;
  const known = found?.items.map(titleOf) ?? (role ? [{ value: role, title: role }] : []);
  const open = { value: '', title: t('choose') };
  return (
    <div className={styles.pair}>
      <SelectField
        label={t('project')}
        choices={[open, ...projects]}
        value={namespace}
        onChange={to => onChange({ namespace: to, role: '' })}
      />
      <SelectField
        label={t('role')}
        choices={[open, ...known]}
        value={role}
        onChange={to => onChange({ namespace, role: to })}
      />
      <ActionIcon variant="default" size={36} aria-label={t('removeProjectRole', { namespace })} onClick={onRemove}>
        <X size={15} />
      </ActionIcon>
    </div>
  );
}
