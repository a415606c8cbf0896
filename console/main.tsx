/** Where the console is put together. */
import { createRoot } from 'react-dom/client';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { fetchTransport } from '@orrery/client/fetch';
import { systemClock } from '@orrery/machinery/clock';
import { systemRandom } from '@orrery/machinery/random';
import { oauth } from '@orrery/platform-contract/features';
import { createQueryClient } from './data/calls.ts';
import { connectWebSocket } from './data/connect.ts';
import { DataContext } from './data/context.ts';
import { createData } from './data/data.ts';
import type { Refusal } from './data/problems.ts';
import { features } from './features/index.ts';
import { buildRouter } from './routes/router.tsx';
import { createExtensionHost } from './routes/extensions/host.ts';
import { forgetScript, loadScript } from './routes/extensions/load.ts';
import { pagesOf } from './routes/pages.ts';
import { startLocale } from './ui/locale.ts';
import { offerNonce } from './ui/nonce.ts';
import { Provider } from './ui/Provider.tsx';
import { ClockContext } from './ui/time.ts';
import { ToastContext, Toaster } from './ui/Toaster.tsx';
import { createToasts } from './ui/toasts.ts';
import { safeNext } from './util/paths.ts';
import { stringifySearch } from './util/url-search.ts';

offerNonce();
await startLocale();
const clock = systemClock;
const queries = createQueryClient();
const toasts = createToasts(clock);
const pages = pagesOf(features);
const host = createExtensionHost({
  own: new Set(pages.map(({ path }) => path)),
  load: loadScript,
  forget: forgetScript,
});
const router = buildRouter(pages, host);

const data = createData({
  // The session is an HttpOnly cookie: the browser adds it, no script can read it.
  transport: fetchTransport(),
  connect: (path, events) => connectWebSocket(`${location.origin.replace(/^http/, 'ws')}${path}`, events),
  clock,
  random: systemRandom,
  refused,
});

/** Once, however many answers say it; what the user wanted is kept in the address. */
function refused(refusal: Refusal): void {
  const target = refusal === 'log-in' ? '/login' : '/password';
  const { pathname, href } = router.latestLocation;
  if (pathname === target || (pathname === '/login' && refusal === 'password')) return;
  if (refusal === 'log-in') data.reset('nobody');
  const next = safeNext(href);
  const ended = refusal === 'log-in' && wasLoggedIn();
  router.history.replace(
    `${target}${stringifySearch({ next: next === '/' ? undefined : next, left: ended ? 'ended' : undefined })}`,
  );
}

/** Whoever was known here before is told that it is over. */
const wasLoggedIn = (): boolean =>
  queries
    .getQueryCache()
    .findAll()
    .some(({ queryKey, state }) => queryKey[1] === oauth.userinfo.id && state.data !== undefined);

createRoot(document.getElementById('root')!).render(
  <Provider>
    <ClockContext value={clock}>
      <QueryClientProvider client={queries}>
        <DataContext value={data}>
          <ToastContext value={toasts}>
            <RouterProvider router={router} />
            <Toaster />
          </ToastContext>
        </DataContext>
      </QueryClientProvider>
    </ClockContext>
  </Provider>,
);
