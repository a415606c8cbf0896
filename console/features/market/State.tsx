import type { Extension, InstallPlan, InstallState } from '@orrery/platform-kinds/types';
import { Badge } from '../../ui/Badge.tsx';
import { useMessages } from '../../ui/locale.ts';
import { toneOf } from './market.ts';
import { messages } from './messages.data.ts';

type Known = Exclude<InstallState, ''>;

/** What a state is called. */
export function useStateWord(): (state: InstallState | undefined) => string {
  const t = useMessages(messages);
  return state => (state ? t(`state_${state as Known}`) : t('notInstalled'));
}

/** How far an installation is; what is switched off says so instead of being well. */
export function PlanState({ state, enabled }: { readonly state: InstallState | undefined; readonly enabled: boolean }) {
  const t = useMessages(messages);
  const word = useStateWord();
  const tone = toneOf(state);
  if (tone === 'good' && !enabled) return <Badge tone="quiet">{t('disabled')}</Badge>;
  return <Badge tone={tone}>{word(state)}</Badge>;
}

/** Of an extension in the market, by its plan where that is known. */
export const ExtensionState = ({ extension, plan }: { readonly extension: Extension; readonly plan?: InstallPlan }) => (
  <PlanState
    state={plan?.status?.state ?? extension.status?.state}
    enabled={plan ? plan.spec.enabled !== false : extension.status?.enabled !== false}
  />
);
