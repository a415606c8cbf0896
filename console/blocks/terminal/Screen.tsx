/** xterm. Loaded when somebody opens a terminal. */
import { useEffect, useRef } from 'react';
import { FitAddon } from '@xterm/addon-fit';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import type { Socket, SocketEvents } from '../../data/stream/manager.ts';
import { styleNonce } from '../../ui/nonce.ts';
import { coloursOf } from './colours.ts';
import { documentWithNonce } from './document.ts';
import { inputFrames, readFrame, sizeFrame } from './frames.ts';
import styles from './terminal.module.css';

export type ScreenState = 'connecting' | 'connected' | 'ended' | 'broken';

export interface ScreenProps {
  /** For screen readers. */
  readonly label: string;
  readonly connect: (events: SocketEvents) => Socket;
  readonly onState: (state: ScreenState, notice?: string) => void;
}

/** One connection's terminal; another connection is another screen. */
export default function Screen({ label, connect, onState }: ScreenProps) {
  const place = useRef<HTMLDivElement>(null);
  const given = useRef({ connect, onState });
  given.current = { connect, onState };
  useEffect(() => {
    const parent = place.current!;
    const terminal = new Terminal({
      documentOverride: documentWithNonce(document, styleNonce()),
      fontFamily: getComputedStyle(parent).fontFamily,
      fontSize: 13,
      lineHeight: 1.25,
      cursorBlink: !matchMedia('(prefers-reduced-motion: reduce)').matches,
      scrollback: 5000,
      theme: coloursOf(parent),
      screenReaderMode: false,
      // What a program prints is no reason to go somewhere.
      linkHandler: { activate: () => {}, allowNonHttpProtocols: false },
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.open(parent);
    terminal.textarea?.setAttribute('aria-label', label);
    let said: string | undefined;
    let isOpen = false;
    let wasOpen = false;
    const tell = (state: ScreenState) => given.current.onState(state, said);
    const socket = given.current.connect({
      open() {
        isOpen = wasOpen = true;
        socket.send(sizeFrame(terminal.rows, terminal.cols));
        tell('connected');
        terminal.focus();
      },
      message(text) {
        const frame = readFrame(text);
        if (frame?.kind === 'output') terminal.write(frame.text);
        if (frame?.kind === 'notice') said = frame.text;
      },
      close() {
        isOpen = false;
        terminal.options.disableStdin = true;
        terminal.options.cursorBlink = false;
        tell(wasOpen && said === undefined ? 'ended' : 'broken');
      },
    });
    terminal.onData(data => {
      if (isOpen) for (const frame of inputFrames(data)) socket.send(frame);
    });
    terminal.onResize(({ rows, cols }) => {
      if (isOpen) socket.send(sizeFrame(rows, cols));
    });
    // Every key belongs to the shell, but for one that leads out again.
    terminal.attachCustomKeyEventHandler(event => {
      if (event.type !== 'keydown' || event.key !== 'Escape' || !event.ctrlKey || !event.shiftKey) return true;
      terminal.blur();
      return false;
    });
    const watcher = new ResizeObserver(() => fit.fit());
    watcher.observe(parent);
    fit.fit();
    return () => {
      watcher.disconnect();
      given.current.onState = () => {};
      socket.close();
      terminal.dispose();
    };
  }, [label]);
  return <div ref={place} className={styles.screen} />;
}
