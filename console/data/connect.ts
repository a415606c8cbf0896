/** The browser's WebSocket as the stream's socket. */
import type { Socket, SocketEvents } from './stream/manager.ts';

export function connectWebSocket(url: string, events: SocketEvents): Socket {
  const socket = new WebSocket(url);
  let ended = false;
  const end = () => {
    if (ended) return;
    ended = true;
    events.close();
  };
  socket.addEventListener('open', () => events.open());
  socket.addEventListener('message', ({ data }) => events.message(String(data)));
  socket.addEventListener('close', end);
  return {
    send: text => socket.send(text),
    close() {
      socket.close();
      // A dead network would let the browser wait for the other side's good-bye.
      end();
    },
  };
}
