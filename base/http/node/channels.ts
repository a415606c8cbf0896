/** Kubernetes' channels inside a WebSocket: the first byte (or digit) of each message says which stream it belongs to. */
import { createInlet, type Inlet } from '../inlet.ts';
import type { Duplex } from '../types.ts';
import type { WebSocketConnection } from './websocket.ts';

/** In place of a channel number: the channel named by the next byte has ended (v5 only). */
const closeSignal = 255;
const mostWaiting = 4 << 20;

export interface ChannelOptions {
  readonly count: number;
  /** Messages are text: a digit, then base64. */
  readonly base64: boolean;
  /** Ends of channels are told (v5). Without, a channel ends only with the connection. */
  readonly closeSignals: boolean;
}

/** The first `count` channels as streams. Messages for others are ignored. */
export function createChannels(socket: WebSocketConnection, options: ChannelOptions): Duplex[] {
  let waiting = 0;
  let held = false;
  const changed = (delta: number) => {
    waiting += delta;
    if (!held && waiting > mostWaiting) {
      held = true;
      socket.pause();
    } else if (held && waiting < mostWaiting / 2) {
      held = false;
      socket.resume();
    }
  };
  const inlets = Array.from({ length: options.count }, () => createInlet({ changed }));
  socket.onMessage((message, isText) => {
    if (options.base64 || isText) {
      const text = Buffer.from(message).toString('latin1');
      return inlets[text.charCodeAt(0) - 48]?.receive(Buffer.from(text.slice(1), 'base64'));
    }
    if (options.closeSignals && message[0] === closeSignal) return inlets[message[1] ?? closeSignal]?.receiveEnd();
    inlets[message[0] ?? closeSignal]?.receive(message.subarray(1));
  });
  socket.onClose(() => inlets.forEach(inlet => inlet.receiveEnd()));
  return inlets.map((inlet, number) => channelOf(socket, inlet, number, options));
}

function channelOf(socket: WebSocketConnection, inlet: Inlet, number: number, options: ChannelOptions): Duplex {
  let ended = false;
  return {
    write(bytes) {
      if (ended || socket.closed) return true;
      if (options.base64) return socket.send(`${number}${Buffer.from(bytes).toString('base64')}`);
      const message = new Uint8Array(bytes.length + 1);
      message[0] = number;
      message.set(bytes, 1);
      return socket.send(message);
    },
    end() {
      if (ended) return;
      ended = true;
      if (options.closeSignals && !socket.closed) socket.send(Uint8Array.of(closeSignal, number));
    },
    destroy: () => socket.destroy(),
    get queuedBytes() {
      return socket.queuedBytes;
    },
    get closed() {
      return ended || socket.closed;
    },
    onDrain: callback => socket.onDrain(callback),
    onClose: callback => socket.onClose(() => callback()),
    onData: inlet.onData,
    onEnd: inlet.onEnd,
    pause: inlet.pause,
    resume: inlet.resume,
  };
}
