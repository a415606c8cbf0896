import type { ReactNode } from 'react';
import { useLanguage, useMessages } from '../../ui/locale.ts';
import { Logo } from '../../ui/Logo.tsx';
import { languages, type Language } from '../../util/messages.ts';
import { messages } from './messages.data.ts';
import styles from './session.module.css';

interface WelcomeProps {
  readonly title: string;
  readonly text?: string;
  readonly children: ReactNode;
}

/** Where one arrives: a form at the left, the machine at the right. */
export function Welcome({ title, text, children }: WelcomeProps) {
  const t = useMessages(messages);
  const [language, choose] = useLanguage();
  return (
    <div className={styles.welcome}>
      <main className={styles.side}>
        <div className={styles.brand}>
          <Logo size={28} />
          <span>Orrery</span>
        </div>
        <div className={styles.content}>
          <h1 className={styles.title}>{title}</h1>
          {text && <p className={styles.text}>{text}</p>}
          {children}
        </div>
        <div className={styles.languages} role="group" aria-label="Language / 语言">
          {(Object.keys(languages) as Language[]).map(code => (
            <button key={code} type="button" lang={code} aria-pressed={code === language} onClick={() => choose(code)}>
              {languages[code]}
            </button>
          ))}
        </div>
      </main>
      <aside className={styles.sky} aria-label="Orrery">
        <Orrery />
        <p className={styles.tagline}>{t('tagline')}</p>
      </aside>
    </div>
  );
}

/** Radius, seconds per turn, size of the body, where it starts in degrees. */
const orbits = [
  [70, 24, 7, 20],
  [118, 44, 10, 150],
  [172, 80, 8, 265],
  [232, 140, 14, 70],
  [298, 230, 9, 200],
] as const;

/** Turns slowly; stands still for who prefers that. */
function Orrery() {
  return (
    <svg className={styles.orrery} viewBox="-320 -320 640 640" aria-hidden="true">
      <defs>
        <radialGradient id="sun">
          <stop offset="0" stopColor="#f3dfa6" />
          <stop offset="0.55" stopColor="#d3af4c" />
          <stop offset="1" stopColor="#a17c24" />
        </radialGradient>
      </defs>
      {Array.from({ length: 72 }, (_, tick) => (
        <line
          key={tick}
          className={styles.tick}
          y1={-308}
          y2={tick % 6 === 0 ? -318 : -313}
          transform={`rotate(${tick * 5})`}
        />
      ))}
      <circle r="308" className={styles.ring} />
      {orbits.map(([radius, seconds, size, start]) => (
        <g key={radius} transform={`rotate(${start})`}>
          <circle r={radius} className={styles.orbit} />
          <g className={styles.turning} style={{ animationDuration: `${seconds}s` }}>
            <line x1="34" x2={radius - size} className={styles.arm} />
            <circle cx={radius} r={size} className={styles.planet} />
            {size === 14 && <circle cx={radius + 26} r="4" className={styles.moon} />}
          </g>
        </g>
      ))}
      <circle r="34" fill="url(#sun)" />
    </svg>
  );
}
