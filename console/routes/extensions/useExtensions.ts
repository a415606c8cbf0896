import { useEffect, useRef, useSyncExternalStore } from 'react';
import { extensions as routes, platform } from '@orrery/platform-contract/features';
import { useCall } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import type { ExtensionHost, Extensions, Trouble } from './host.ts';
import { extensionMessages } from './messages.data.ts';

const nothing: Extensions = { pages: [], scripts: [], troubles: [], settled: true };
const never = () => () => {};

export const useExtensions = (host: ExtensionHost | undefined): Extensions =>
  useSyncExternalStore(host?.onChange ?? never, () => host?.current() ?? nothing);

/** Keeps the host at what the platform names, and tells what has come and is not all there. */
export function useExtensionOffer(host: ExtensionHost, isOn: boolean): void {
  const t = useMessages(extensionMessages);
  const toasts = useToasts();
  const { data, error } = useLive(routes.offer, { when: isOn });
  const { troubles, settled } = useExtensions(host);
  const told = useRef<Set<string>>(undefined);
  useEffect(() => {
    if (data) host.follow(data.extensions);
    else if (!isOn || error) host.follow({ bundles: [], entries: [] });
  }, [host, data, error, isOn]);
  useEffect(() => {
    if (!settled) return;
    // What was so when the console was opened is told where it is missed.
    const before = told.current ?? new Set(troubles.map(keyOf));
    told.current = new Set(troubles.map(keyOf));
    for (const trouble of troubles) {
      if (before.has(keyOf(trouble))) continue;
      const { extension, message } = trouble;
      toasts.show({ tone: 'bad', title: t('notLoaded', { extension }), text: message });
    }
  }, [troubles, settled, toasts, t]);
  useComponents(isOn);
}

const keyOf = ({ extension, message }: Trouble): string => `${extension} ${message}`;

/** Components are turned on and off while the console is open: its menus follow. */
function useComponents(isOn: boolean): void {
  const { data } = useLive(routes.components, { when: isOn });
  const { again } = useCall(platform.features, { cluster: 'host', freshMs: Infinity });
  const states = data && JSON.stringify(data.components.map(({ name, enabled }) => [name, enabled]));
  const before = useRef(states);
  const read = useRef(again);
  read.current = again;
  useEffect(() => {
    if (before.current !== undefined && before.current !== states) read.current();
    before.current = states;
  }, [states]);
}
