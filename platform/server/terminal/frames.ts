/** What goes over a terminal's WebSocket, and how shells end, as pure functions. */
import { exitCodeOf, type CommandStatus } from '@orrery/http/node';
import { terminalLimits, type TerminalFrame } from '@orrery/platform-contract';

export type Wish =
  | { readonly kind: 'input'; readonly data: string }
  | { readonly kind: 'size'; readonly height: number; readonly width: number };

/** @throws RangeError for what is no frame. Operations that a terminal does not know say nothing, as in KubeSphere. */
export function readTerminalFrame(bytes: Uint8Array): Wish | undefined {
  let frame: TerminalFrame;
  try {
    frame = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as TerminalFrame;
  } catch {
    throw new RangeError('frames are JSON');
  }
  const { Op, Data, Rows, Cols } = frame ?? {};
  if (Op === 'stdin') {
    if (typeof Data !== 'string') throw new RangeError('stdin has Data');
    return { kind: 'input', data: Data };
  }
  if (Op !== 'resize') return undefined;
  if (!isSide(Rows) || !isSide(Cols))
    throw new RangeError(`resize has Rows and Cols from 1 to ${terminalLimits.sideMax}`);
  return { kind: 'size', height: Rows, width: Cols };
}

const isSide = (value: unknown): value is number =>
  Number.isInteger(value) && (value as number) >= 1 && (value as number) <= terminalLimits.sideMax;

export const frameOf = (Op: 'stdout' | 'toast', Data: string): string => JSON.stringify({ Op, Data });

/** The shells to try, in order. @throws RangeError for what is no program's name. */
export function shellsFor(asked: string | undefined): readonly string[] {
  if (asked === undefined) return ['bash', 'sh'];
  if (!/^[\w./-]+$/.test(asked)) throw new RangeError('shell is the name or the path of a program');
  return [asked];
}

/**
 * Whether a shell ended because the container has none of that name: runtimes either say that they could not start it, or end it with
 * 126 or 127 - which a shell that somebody used may do as well.
 */
export function isMissing(status: CommandStatus, used: boolean): boolean {
  if (status.status === 'Success') return false;
  const code = exitCodeOf(status);
  return code === undefined || (!used && (code === 126 || code === 127));
}
