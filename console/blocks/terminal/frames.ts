/** KubeSphere's frames of a terminal, and what a terminal makes of them (pure). */
import type { TerminalFrame } from '@orrery/platform-contract';

/** The server takes no longer ones; pasted text goes in pieces. */
const dataMax = 8192;

export const inputFrames = (data: string): readonly string[] => {
  const letters = [...data];
  const pieces: string[] = [];
  for (let at = 0; at < letters.length; at += dataMax) pieces.push(letters.slice(at, at + dataMax).join(''));
  return pieces.map(Data => JSON.stringify({ Op: 'stdin', Data } satisfies TerminalFrame));
};

export const sizeFrame = (Rows: number, Cols: number): string =>
  JSON.stringify({ Op: 'resize', Rows, Cols } satisfies TerminalFrame);

export type Said = { readonly kind: 'output' | 'notice'; readonly text: string };

/** What a frame of the server says; frames that are not known say nothing. */
export function readFrame(text: string): Said | undefined {
  let frame: TerminalFrame;
  try {
    frame = JSON.parse(text) as TerminalFrame;
  } catch {
    return undefined;
  }
  const { Op, Data } = frame ?? {};
  if (typeof Data !== 'string') return undefined;
  if (Op === 'stdout') return { kind: 'output', text: Data };
  return Op === 'toast' ? { kind: 'notice', text: Data } : undefined;
}
