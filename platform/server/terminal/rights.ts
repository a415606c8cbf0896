/** A terminal ends with the right to it, whoever takes that where. */
import type { WebSocketConnection } from '@orrery/http/node';
import { accessOf, type Grant } from '@orrery/platform-contract';
import { decide } from '../access/authorizer.ts';
import type { PlatformContext } from '../context.ts';
import type { Caller } from '../identity/caller.ts';
import { say } from './session.ts';

/** Rights that no binding of ours gives are looked at this often while a shell is open. */
const recheckMs = 30_000;

/** Without a right to look at, the terminal ends with the session and the platform only. `tell` is told why. */
export function endWithRight(
  socket: WebSocketConnection,
  context: PlatformContext,
  caller: Caller,
  right: { readonly grant: Grant; readonly path: Readonly<Record<string, string>> } | undefined,
  tell: (why: string) => void,
): void {
  const { clock, live, signal } = context;
  const check = async () => {
    if (!right) return;
    const access = accessOf(right.grant, right.path);
    // While the cluster cannot be asked, its own end of the terminal is the judge.
    const decision = await decide(context.clientOf(caller), access).catch(() => undefined);
    if (decision?.allowed !== false || socket.closed) return;
    tell('the right to it was taken');
    say(socket, `the right to this terminal is gone: ${decision.reason}`);
  };
  const timer = clock.every(recheckMs, () => void check());
  const unfollow = live.onRightsLost(session => {
    if (session === undefined || session === caller.session) void check();
  });
  const stop = () => {
    tell('the platform stopped');
    socket.close(1001, 'the platform stops');
  };
  signal.addEventListener('abort', stop);
  socket.onClose(() => {
    timer.cancel();
    unfollow();
    signal.removeEventListener('abort', stop);
  });
}
