import { useState } from 'react';
import { roles } from '@orrery/platform-contract/features';
import type { PlatformRole } from '@orrery/platform-kinds/types';
import { CreateDialog, MarkFields, NameFields } from '../../blocks/CreateDialog.tsx';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { useSave } from '../../blocks/useSave.ts';
import { aliasOf } from '../../blocks/roles/words.ts';
import { useAction } from '../../data/calls.ts';
import { annotations } from '@orrery/platform-kinds/names';
import { useFields } from '../../ui/form.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { messages } from './messages.data.ts';
import type { RolePlace } from './place.ts';
import { roleFields, roleOf, rolePatch, templatesIn } from './role.ts';
import { TemplatePicker } from './TemplatePicker.tsx';

interface CreateRoleProps {
  readonly place: RolePlace;
  readonly opened: boolean;
  readonly close: () => void;
}

const none: ReadonlySet<string> = new Set();

export function CreateRole({ place, opened, close }: CreateRoleProps) {
  const t = useMessages(messages);
  const form = useFields({ name: '', alias: '', description: '' });
  const [chosen, setChosen] = useState(none);
  const name = form.values.name.trim();
  const workspace = place.path['workspace'];
  return (
    <CreateDialog
      title={t('create')}
      description={t('createText')}
      wide
      opened={opened}
      close={close}
      route={place.create as typeof roles.createGlobalRole}
      options={() => ({ path: place.path as never, body: roleOf(place, form.values, [...chosen]) })}
      form={form}
      fields={roleFields}
      ready={name !== '' && chosen.size > 0}
      done={t('created', { name })}
      onLeave={() => setChosen(none)}
    >
      <NameFields form={form} rule={workspace === undefined ? undefined : t('nameInWorkspace', { workspace })} />
      <TemplatePicker place={place} chosen={chosen} onChange={setChosen} />
    </CreateDialog>
  );
}

interface EditRoleProps {
  readonly place: RolePlace;
  readonly role: PlatformRole;
  readonly close: () => void;
}

/** Words and permissions of a role that somebody made. */
export function EditRole({ place, role, close }: EditRoleProps) {
  const t = useMessages(messages);
  const c = useMessages(common);
  const name = role.metadata.name ?? '';
  const patch = useAction(place.patch as typeof roles.patchGlobalRole);
  const form = useFields({
    alias: aliasOf(role) ?? '',
    description: role.metadata.annotations?.[annotations.description] ?? '',
  });
  const known = templatesIn(role);
  const [chosen, setChosen] = useState<ReadonlySet<string>>();
  const saving = useSave(form, roleFields);
  const body = rolePatch(form.values, chosen && [...chosen]) as PlatformRole;
  const submit = async () => {
    const done = await saving.run(() => patch.run({ path: place.pathOf(name) as never, body }));
    if (done) close();
  };
  return (
    <FormDialog
      title={t('editNamed', { name: aliasOf(role) ?? name })}
      description={known.length === 0 ? t('editRulesText') : t('createText')}
      wide
      opened
      close={close}
      submit={c('save')}
      blocked={chosen?.size === 0}
      pending={saving.pending}
      problem={saving.problem}
      onSubmit={() => void submit()}
    >
      <MarkFields form={form} />
      <TemplatePicker place={place} chosen={chosen ?? new Set(known)} onChange={setChosen} />
    </FormDialog>
  );
}
