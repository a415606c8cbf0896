import { useId, useRef, useState, type KeyboardEvent } from 'react';
import { TextInput } from '@mantine/core';
import { Lock, Search } from 'lucide-react';
import { Problem } from '../../blocks/Problem.tsx';
import { rowAfter } from '../../blocks/table.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { messages } from './messages.data.ts';
import type { RolePlace } from './place.ts';
import styles from './roles.module.css';
import { byName, groupsOf, holdersOf, withNeeds, type Template, type TemplateGroup } from './templates.ts';
import { useCatalogue, useMissing } from './useTemplates.ts';

export interface TemplatePickerProps {
  readonly place: RolePlace;
  /** What was chosen by hand; what that needs is taken besides. */
  readonly chosen: ReadonlySet<string>;
  readonly onChange: (chosen: ReadonlySet<string>) => void;
}

/** Permissions by category. What others need is chosen along with them and stays; what one may not give is off and says why. */
export function TemplatePicker({ place, chosen, onChange }: TemplatePickerProps) {
  const t = useMessages(messages);
  const [language] = useLanguage();
  const { templates, categories, error } = useCatalogue(place);
  const missing = useMissing(place);
  const [search, setSearch] = useState('');
  const list = useRef<HTMLDivElement>(null);
  if (error) return <Problem error={error} />;
  const all = byName(templates ?? []);
  const taken = withNeeds(chosen, all);
  const groups = groupsOf(templates ?? [], categories, language, search);
  const toggle = ({ name }: Template) => {
    const next = new Set(chosen);
    if (!next.delete(name)) next.add(name);
    onChange(next);
  };
  /** Arrow keys go from one to the next over all categories, as Tab does. */
  const onKey = (event: KeyboardEvent<HTMLElement>) => {
    const boxes = [...(list.current?.querySelectorAll<HTMLElement>('input[type=checkbox]') ?? [])];
    const from = boxes.indexOf(event.target as HTMLElement);
    const next = rowAfter(event.key, from, boxes.length);
    if (next === undefined) return;
    event.preventDefault();
    boxes[next]?.focus();
  };
  const reasonOf = (template: Template): Reason => {
    const holders = taken.has(template.name) ? holdersOf(template.name, taken, all) : [];
    if (holders.length > 0)
      return { locked: true, why: t('neededBy', { names: holders.map(({ title }) => title[language]).join(', ') }) };
    const lacking = taken.has(template.name) ? undefined : missing[template.name];
    return lacking === undefined ? {} : { locked: true, why: t('notYours', { right: lacking }) };
  };
  return (
    <fieldset className={styles.picker}>
      <legend>{t('permissions')}</legend>
      <div className={styles.pickerBar}>
        <TextInput
          aria-label={t('searchPermissions')}
          placeholder={t('searchPermissions')}
          leftSection={<Search size={14} />}
          size="sm"
          value={search}
          onChange={event => setSearch(event.currentTarget.value)}
          onKeyDown={event => {
            // Enter would send the form.
            if (event.key === 'Enter') event.preventDefault();
            if (event.key === 'ArrowDown') onKey(event);
          }}
          autoComplete="off"
          spellCheck={false}
        />
        <span role="status">{t('chosenOf', { count: taken.size, total: all.size })}</span>
      </div>
      <div ref={list} className={styles.groups}>
        {groups.map(group => (
          <Group key={group.key} group={group} taken={taken} reasonOf={reasonOf} toggle={toggle} onKey={onKey} />
        ))}
        {templates && groups.length === 0 && <p className={styles.none}>{t('noPermission', { text: search })}</p>}
      </div>
    </fieldset>
  );
}

interface Reason {
  readonly locked?: true;
  readonly why?: string;
}

interface GroupProps {
  readonly group: TemplateGroup;
  readonly taken: ReadonlySet<string>;
  readonly reasonOf: (template: Template) => Reason;
  readonly toggle: (template: Template) => void;
  readonly onKey: (event: KeyboardEvent<HTMLElement>) => void;
}

function Group({ group: { title, templates }, taken, reasonOf, toggle, onKey }: GroupProps) {
  const id = useId();
  const [language] = useLanguage();
  const count = templates.filter(({ name }) => taken.has(name)).length;
  return (
    <section role="group" aria-labelledby={id} className={styles.group}>
      <h3 id={id}>
        {title[language]}{' '}
        <small>
          {count}/{templates.length}
        </small>
      </h3>
      <ul>
        {templates.map(template => {
          const { locked, why } = reasonOf(template);
          const { name } = template;
          return (
            <li key={name}>
              <label data-locked={locked} title={name}>
                <input
                  type="checkbox"
                  checked={taken.has(name)}
                  // Off, and still in reach of the keyboard: whoever comes to it is told why.
                  aria-disabled={locked}
                  aria-describedby={why === undefined ? undefined : `${id}-${name}`}
                  onChange={() => locked || toggle(template)}
                  onKeyDown={onKey}
                />
                <span>{template.title[language]}</span>
                {locked && <Lock size={12} aria-hidden="true" />}
              </label>
              {why !== undefined && <small id={`${id}-${name}`}>{why}</small>}
            </li>
          );
        })}
      </ul>
    </section>
  );
}
