/** What answers at addresses that no route has, for who is logged in: what extensions bring. */
import type { Request, Response } from '@orrery/http';
import type { Caller } from '../identity/caller.ts';
import type { Target } from './target.ts';

/** `id` is the request's. Rejects with a StatusError: 403 without the right, 503 when nobody is there. */
export type Gated = (caller: Caller, request: Request, id: string) => Promise<Response>;

/** Undefined for addresses that lead to nobody. */
export type Gate = (request: Request, target: Target) => Gated | undefined;
