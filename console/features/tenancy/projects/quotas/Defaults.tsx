import { resources } from '@orrery/client/resources';
import { Action } from '../../../../blocks/Action.tsx';
import { Card, CardBody } from '../../../../blocks/card/Card.tsx';
import { Form } from '../../../../blocks/Form.tsx';
import { AmountFields } from '../../../../blocks/quota/AmountFields.tsx';
import { isAmount } from '../../../../blocks/quota/quota.ts';
import { useSave } from '../../../../blocks/useSave.ts';
import { useClusterData } from '../../../../data/context.ts';
import { useFields, type Fields } from '../../../../ui/form.ts';
import { useMessages } from '../../../../ui/locale.ts';
import { common } from '../../../../ui/messages.data.ts';
import { messages } from '../../messages.data.ts';
import styles from '../project.module.css';
import { quotaPageMessages } from './messages.data.ts';
import {
  defaultsIn,
  indexOfContainers,
  limitNames,
  limitPaths,
  limitRangeOf,
  limitsWith,
  limitValues,
  type LimitField,
  type LimitRange,
} from './objects.ts';

interface DefaultsProps {
  readonly namespace: string;
  readonly ranges: readonly LimitRange[];
}

/** What a container gets that does not say what it needs. */
export function Defaults({ namespace, ranges }: DefaultsProps) {
  const t = useMessages(quotaPageMessages);
  const m = useMessages(messages);
  const c = useMessages(common);
  const { native } = useClusterData();
  const range = defaultsIn(ranges);
  const known = limitValues(range);
  const form = useFields(known);
  const limits = limitsWith(range, form.values);
  const saving = useSave(form, limitPaths(indexOfContainers(limits)));
  const name = range?.metadata.name;
  const same = limitNames.every(field => form.values[field].trim() === known[field]);
  const isWrong = !Object.values(form.values).every(isAmount);
  const submit = () =>
    void saving.run(() =>
      name === undefined
        ? native.create(resources.limitranges, limitRangeOf(namespace, limits), { namespace })
        : native.patch(resources.limitranges, name, 'merge', { spec: { limits } }, { namespace }),
    );
  const others = ranges.filter(each => each !== range).map(({ metadata }) => metadata.name);
  return (
    <Card title={t('defaults')} description={t('defaultsText')}>
      <CardBody>
        <Form
          onSubmit={submit}
          problem={saving.problem}
          button={
            <Action
              variant="primary"
              question={{
                verb: name === undefined ? 'create' : 'patch',
                resource: 'limitranges',
                namespace,
                ...(name && { name }),
              }}
              disabledReason={same || isWrong ? m('nothingChanged') : undefined}
              pending={saving.pending}
              onRun={submit}
            >
              {c('save')}
            </Action>
          }
        >
          <AmountFields
            form={form as unknown as Fields<Record<string, string>>}
            names={limitNames}
            titleOf={field => t(field as LimitField)}
          />
        </Form>
        {others.length > 0 && <p className={styles.note}>{t('others', { names: others.join(', ') })}</p>}
      </CardBody>
    </Card>
  );
}
