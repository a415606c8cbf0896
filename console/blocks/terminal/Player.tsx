/** Plays what was on a terminal's screen. Loaded when somebody looks at a recording. */
import { useEffect, useMemo, useRef, useState } from 'react';
import { ActionIcon, Checkbox } from '@mantine/core';
import { Terminal } from '@xterm/xterm';
import '@xterm/xterm/css/xterm.css';
import { Pause, Play, RotateCcw } from 'lucide-react';
import { useMessages } from '../../ui/locale.ts';
import { styleNonce } from '../../ui/nonce.ts';
import { scrollable } from '../../ui/scrollable.ts';
import { useClock } from '../../ui/time.ts';
import {
  between,
  commandFor,
  readCast,
  speedAfter,
  speeds,
  timeText,
  withoutPauses,
  type Cast,
  type Speed,
} from './cast.ts';
import { coloursOf } from './colours.ts';
import { documentWithNonce } from './document.ts';
import { playerMessages } from './messages.data.ts';
import styles from './player.module.css';

/** Longer pauses are cut where somebody wants that. */
const pauseMax = 2;
const stepMs = 50;

/** @throws Error when `text` is no recording. */
export default function Player({ text }: { readonly text: string }) {
  const t = useMessages(playerMessages);
  const [skips, setSkips] = useState(true);
  const whole = useMemo(() => readCast(text), [text]);
  const cast = useMemo(() => (skips ? withoutPauses(whole, pauseMax) : whole), [whole, skips]);
  const { place, position, playing, speed, toggle, seek, setSpeed } = usePlayback(cast, t('screen'));
  const ended = position >= cast.duration;
  useKeys(key => {
    const command = commandFor(key, position, cast.duration);
    if (command?.do === 'toggle') toggle();
    if (command?.do === 'seek') seek(command.to);
    if (command?.do === 'speed') setSpeed(speedAfter(speed, command.by));
    return command !== undefined;
  });
  const Icon = playing ? Pause : ended ? RotateCcw : Play;
  const at = t('at', { now: timeText(position), whole: timeText(cast.duration) });
  return (
    <section className={styles.player} aria-label={t('player')}>
      <div className={styles.screen} ref={place} {...scrollable} role="group" aria-label={t('screen')} />
      <div className={styles.bar}>
        <ActionIcon
          variant="default"
          size="lg"
          aria-label={t(playing ? 'pause' : ended ? 'again' : 'play')}
          onClick={toggle}
        >
          <Icon size={16} />
        </ActionIcon>
        <input
          type="range"
          min={0}
          max={Math.max(cast.duration, 0.001)}
          step="any"
          value={position}
          aria-label={t('position')}
          aria-valuetext={at}
          onChange={event => seek(event.currentTarget.valueAsNumber)}
        />
        <span className={styles.time}>{at}</span>
        <select
          className="o-compact"
          aria-label={t('speed')}
          value={speed}
          onChange={event => setSpeed(Number(event.currentTarget.value) as Speed)}
        >
          {speeds.map(each => (
            <option key={each} value={each}>
              {t('times', { speed: each })}
            </option>
          ))}
        </select>
        <Checkbox
          size="xs"
          label={t('skip')}
          checked={skips}
          onChange={event => setSkips(event.currentTarget.checked)}
        />
      </div>
      <p className={styles.keys}>{whole.events.length === 0 ? t('empty') : t('keys')}</p>
    </section>
  );
}

/** Fields and dialogs have keys of their own; so has what is pressed by Space. The slider goes by our steps. */
const ownKeys = 'input:not([type=range]), textarea, select, [contenteditable], [role=dialog], [role=menu]';
const pressed = 'button, a, [role=button]';

/** `onKey` tells whether the key was for the player, wherever on the page one is. */
function useKeys(onKey: (key: string) => boolean): void {
  const given = useRef(onKey);
  given.current = onKey;
  useEffect(() => {
    const listen = (event: globalThis.KeyboardEvent) => {
      const { target, key } = event;
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
      if (target instanceof Element && (target.closest(ownKeys) || (key === ' ' && target.closest(pressed)))) return;
      if (given.current(key)) event.preventDefault();
    };
    document.addEventListener('keydown', listen);
    return () => document.removeEventListener('keydown', listen);
  }, []);
}

interface Playback {
  readonly place: React.RefObject<HTMLDivElement | null>;
  /** Seconds. */
  readonly position: number;
  readonly playing: boolean;
  readonly speed: Speed;
  toggle(): void;
  seek(to: number): void;
  setSpeed(speed: Speed): void;
}

function usePlayback(cast: Cast, label: string): Playback {
  const clock = useClock();
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<Terminal | undefined>(undefined);
  /** Up to where the screen has been drawn. */
  const drawn = useRef(-1);
  const [position, setPosition] = useState(0);
  const [playing, setPlaying] = useState(false);
  const [speed, setSpeed] = useState<Speed>(1);
  useEffect(() => {
    const parent = place.current!;
    terminal.current = createScreen(parent, label);
    drawn.current = -1;
    return () => {
      terminal.current?.dispose();
      terminal.current = undefined;
    };
  }, [label]);
  // Another form of the same recording begins anew.
  useEffect(() => {
    setPosition(0);
    drawn.current = Number.POSITIVE_INFINITY;
  }, [cast]);
  useEffect(() => {
    if (terminal.current) drawn.current = draw(terminal.current, cast, drawn.current, position);
  }, [cast, position]);
  useEffect(() => {
    if (!playing) return;
    let before = clock.monotonic();
    const timer = clock.every(stepMs, () => {
      const now = clock.monotonic();
      const passed = ((now - before) / 1000) * speed;
      before = now;
      setPosition(at => Math.min(at + passed, cast.duration));
    });
    return () => timer.cancel();
  }, [clock, playing, speed, cast]);
  useEffect(() => {
    if (position >= cast.duration) setPlaying(false);
  }, [position, cast]);
  return {
    place,
    position,
    playing,
    speed,
    setSpeed,
    seek: setPosition,
    toggle() {
      if (!playing && position >= cast.duration) setPosition(0);
      setPlaying(!playing && cast.duration > 0);
    },
  };
}

/** A screen that nothing can be typed into, that answers nothing, and whose links lead nowhere. */
function createScreen(parent: HTMLElement, label: string): Terminal {
  const terminal = new Terminal({
    documentOverride: documentWithNonce(document, styleNonce()),
    fontFamily: getComputedStyle(parent).fontFamily,
    fontSize: 13,
    lineHeight: 1.25,
    cursorBlink: false,
    disableStdin: true,
    scrollback: 5000,
    theme: coloursOf(parent),
    linkHandler: { activate: () => {}, allowNonHttpProtocols: false },
  });
  terminal.open(parent);
  terminal.textarea?.setAttribute('aria-label', label);
  terminal.textarea?.setAttribute('tabindex', '-1');
  // Keys are the player's.
  terminal.attachCustomKeyEventHandler(() => false);
  return terminal;
}

/** Going back is drawing all of it again. Returns up to where it is drawn. */
function draw(terminal: Terminal, cast: Cast, from: number, to: number): number {
  let start = from;
  if (to < from) {
    terminal.reset();
    terminal.resize(cast.columns, cast.rows);
    start = -1;
  } else if (from < 0) terminal.resize(cast.columns, cast.rows);
  for (const { what } of between(cast, start, to)) {
    if ('text' in what) terminal.write(what.text);
    else terminal.resize(what.columns, what.rows);
  }
  return to;
}
