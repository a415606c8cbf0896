import { useEffect, useRef, useSyncExternalStore } from 'react';
import { extensions as routes, platform } from '@orrery/platform-contract/features';
import { useCall } from '../../data/calls.ts';
import { useLive } from '../../data/live.ts';
import { useMessages } from '../../ui/locale.ts';
import { useToasts } from '../../ui/Toaster.tsx';
import type { ExtensionHost, Extensions } from './host.ts';
import { extensionMessages } from './messages.data.ts';

const nothing: Extensions = { pages: [], scripts: [], troubles: [], settled: true };
const never = () => () => {};

export const useExtensions = (host: ExtensionHost | undefined): Extensions =>
  useSyncExternalStore(host?.onChange ?? never, () => host?.current() ?? nothing);

/** Keeps the host at what the platform names, and tells once what is not all there. */
export function useExtensionOffer(host: ExtensionHost, isOn: boolean): void {
  const t = useMessages(extensionMessages);
  const toasts = useToasts();
  const { data, error } = useLive(routes.offer, { when: isOn });
  const { troubles } = useExtensions(host);
  const told = useRef(new Set<string>());
  useEffect(() => {
    if (data) host.follow(data.extensions);
    else if (!isOn || error) host.follow({ bundles: [], entries: [] });
  }, [host, data, error, isOn]);
  useEffect(() => {
    for (const { extension, message } of troubles) {
      if (told.current.has(`${extension} ${message}`)) continue;
      told.current.add(`${extension} ${message}`);
      toasts.show({ tone: 'bad', title: t('notLoaded', { extension }), text: message });
    }
  }, [troubles, toasts, t]);
  useComponents(isOn);
}

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
