/** What a feature is at run time: its manifest, a handler for each of its routes, the controllers that keep its promises. */
import type { Client } from '@orrery/client';
import type { Request, Response } from '@orrery/http';
import type { GroupVersionResource } from '@orrery/machinery/meta';
import type {
  AnswerOf,
  AnyRoute,
  BodyOf,
  FeatureManifest,
  ParametersOfRoute,
  QueryOf,
} from '@orrery/platform-contract';
import type { PolicyRule } from '@orrery/platform-kinds';
import type { ControllerOptions, InformerFilter } from '@orrery/reconciler';
import type { Webhook } from '@orrery/reconciler/webhook';
import type { Gate } from './chain/gate.ts';
import type { Pages } from './console/pages.ts';
import type { PlatformContext } from './context.ts';
import type { Caller } from './identity/caller.ts';

/** An answer that is not JSON of the contract: a redirect, a cookie. */
export class RawAnswer {
  readonly response: Response;
  constructor(response: Response) {
    this.response = response;
  }
}

export interface Call<R> {
  readonly path: ParametersOfRoute<R>;
  readonly query: QueryOf<R>;
  /** The whole query, for filters that no schema names. */
  readonly search: URLSearchParams;
  readonly body: BodyOf<R>;
  /** Who asks; on public routes possibly nobody. The route's permission was checked. */
  readonly caller: Caller;
  readonly request: Request;
}

export type HandlerOf<R> = (call: Call<R>) => Promise<AnswerOf<R> | RawAnswer>;
export type HandlersOf<Routes> = { readonly [K in keyof Routes]: HandlerOf<Routes[K]> };
export type AnyHandler = (call: Call<AnyRoute>) => Promise<unknown>;

/** Whose changes may change an answer: all objects of a kind, those of one namespace, or one object. */
export interface Source {
  readonly resource: GroupVersionResource;
  readonly filter?: InformerFilter;
  readonly namespace?: string;
  readonly name?: string;
}

/** @throws StatusError for an answer that there is not. */
export type SourcesOf = (path: Readonly<Record<string, string>>) => readonly Source[];

/** A built-in role of the platform that a feature brings. */
export interface BuiltInRole {
  readonly name: string;
  readonly rules: readonly PolicyRule[];
}

export interface Feature {
  readonly manifest: FeatureManifest;
  readonly globalRoles?: readonly BuiltInRole[];
  /** Brings into the cluster what must be there before anything is served. Level-based, and by several replicas at once. */
  prepare?(client: Client): Promise<void>;
  start(context: PlatformContext): {
    readonly handlers: Readonly<Record<string, AnyHandler>>;
    /** By the names of routes: what the answers of those that can be followed are derived from. */
    readonly live?: Readonly<Record<string, SourcesOf>>;
    readonly controllers?: readonly ControllerOptions[];
    /** What the cluster asks before it lets something in; served where `context.admission` says. */
    readonly webhooks?: readonly Webhook[];
    /** Answers for browsers at addresses that no route has. */
    readonly pages?: Pages;
    /** Answers of others at addresses that no route has, for who is logged in. */
    readonly gates?: readonly Gate[];
  };
}

/** Ties handlers to the routes of a manifest: the compiler asks for one per route, of the route's types. */
export const handlersFor = <Routes extends Readonly<Record<string, AnyRoute>>>(
  _routes: Routes,
  handlers: HandlersOf<Routes>,
): Readonly<Record<string, AnyHandler>> => handlers as unknown as Readonly<Record<string, AnyHandler>>;

/** Beside `handlersFor`: sources for some routes of a manifest, each given the values of its route's path. */
export const liveFor = <Routes extends Readonly<Record<string, AnyRoute>>>(
  _routes: Routes,
  sources: { readonly [K in keyof Routes]?: (path: ParametersOfRoute<Routes[K]>) => readonly Source[] },
): Readonly<Record<string, SourcesOf>> => sources as unknown as Readonly<Record<string, SourcesOf>>;
