import { ShieldCheck } from 'lucide-react';
import type { PlatformRole, RoleTemplate } from '@orrery/platform-kinds/types';
import type { Page } from '@orrery/platform-contract';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { useCall } from '../../data/calls.ts';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { messages } from './messages.data.ts';
import type { RolePlace } from './place.ts';
import styles from './roles.module.css';
import { byName, groupsOf, isEverything, ruleTexts, templateOf, type Template } from './templates.ts';
import { useCatalogue } from './useTemplates.ts';

interface PermissionsProps {
  readonly place: RolePlace;
  readonly role: PlatformRole;
}

/** What a role may do: in the words of people by category, and below as the rules say it. */
export function Permissions({ place, role }: PermissionsProps) {
  const t = useMessages(messages);
  const { rules = [] } = role;
  // Both generations ask for the templates of a role like this.
  const query = { aggregateTo: role.metadata.name ?? '', limit: 200 };
  const { data, error } = useCall(place.list, { path: place.path as never, query: query as never });
  const templates = (data as Page<RoleTemplate> | undefined)?.items.map(templateOf);
  return (
    <>
      {isEverything(rules) && (
        <Notice icon={ShieldCheck} title={t('everything')}>
          {t(`everything_${place.kind}`)}
        </Notice>
      )}
      {error && <Problem error={error} />}
      {templates && <Templates place={place} templates={templates} empty={rules.length === 0} />}
      {rules.length > 0 && (
        <details className={styles.rules}>
          <summary>{t('rulesCount', { count: rules.length })}</summary>
          <PlainTable
            label={t('rules')}
            head={[t('what'), t('names'), t('verbs')]}
            empty=""
            rows={rules.map(rule => {
              const { what, names, verbs } = ruleTexts(rule);
              return [
                <span key="what" className={styles.mono}>
                  {what}
                </span>,
                names || '–',
                <span key="verbs" className={styles.mono}>
                  {verbs}
                </span>,
              ];
            })}
          />
        </details>
      )}
    </>
  );
}

interface TemplatesProps {
  readonly place: RolePlace;
  readonly templates: readonly Template[];
  /** It gives nothing at all. */
  readonly empty: boolean;
}

function Templates({ place, templates, empty }: TemplatesProps) {
  const t = useMessages(messages);
  const [language] = useLanguage();
  const { templates: known = [], categories } = useCatalogue(place);
  const all = byName(known);
  const titles = (names: readonly string[]) => names.map(name => all.get(name)?.title[language] ?? name).join(', ');
  if (templates.length === 0)
    return <PlainTable label={t('permissions')} head={[]} rows={[]} empty={t(empty ? 'noRules' : 'noTemplates')} />;
  return (
    <div className={styles.categories}>
      {groupsOf(templates, categories, language).map(group => (
        <PlainTable
          key={group.key}
          label={group.title[language]}
          title={group.title[language]}
          head={[t('permission'), t('needs')]}
          empty=""
          rows={group.templates.map(({ name, title, needs }) => [
            <span key="title" title={name}>
              {title[language]}
            </span>,
            needs.length > 0 ? titles(needs) : '–',
          ])}
        />
      ))}
    </div>
  );
}
