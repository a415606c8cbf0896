/** What happens in the platform, told to whoever keeps a record of it. With nobody listening nothing is done. */
import type { Request, Response } from '@orrery/http';
import type { Match } from '@orrery/platform-contract';
import type { Caller } from './identity/caller.ts';

/** How a request ended, and who had made it, as far as that was found out. */
export interface Outcome {
  readonly caller: Caller;
  readonly match?: Match;
  readonly response: Response;
}

export interface LogInHappening {
  readonly kind: 'login';
  readonly request: Request;
  /** What was typed is told only where an account has it: people type their passwords there. */
  readonly user: string;
  readonly type: string;
  readonly provider?: string;
  readonly address: string;
  /** Why it failed; undefined for a success. */
  readonly reason?: string;
}

export interface TerminalHappening {
  readonly kind: 'terminal';
  readonly caller: Caller;
  readonly state: 'opened' | 'closed';
  readonly subject: {
    readonly kind: string;
    readonly namespace?: string;
    readonly pod?: string;
    readonly container?: string;
    readonly node?: string;
  };
  readonly request: Request;
  readonly reason?: string;
  readonly recording?: { readonly id: string; readonly hash: string; readonly bytes: number };
}

export type Happening = LogInHappening | TerminalHappening;

export interface Listener {
  /** Before anything is done. @throws StatusError when nothing may be done that is not recorded. */
  begin(id: string, request: Request): (outcome: Outcome) => void;
  tell(happening: Happening): void;
}

export interface Happenings extends Listener {
  listen(listener: Listener): void;
}

export function createHappenings(): Happenings {
  const listeners: Listener[] = [];
  return {
    listen: listener => void listeners.push(listener),
    begin(id, request) {
      const ends = listeners.map(listener => listener.begin(id, request));
      return outcome => {
        for (const end of ends) end(outcome);
      };
    },
    tell(happening) {
      for (const listener of listeners) listener.tell(happening);
    },
  };
}
