/** A kind as data: what its list and its page show. */
import type { KubeObject } from '@orrery/machinery/meta';
import type { Text } from '../../../util/messages.ts';
import type { State } from './state.ts';

/** Another object. */
export interface Reference {
  readonly resource: string;
  readonly name: string;
  /** That of the object it stands in unless given; empty for kinds of the whole cluster. */
  readonly namespace?: string;
}

/** What stands in a cell, or beside a fact's name. */
export type Cell =
  | undefined
  | string
  | number
  | { readonly as: 'state'; readonly state: State }
  | { readonly as: 'share'; readonly now: number; readonly of: number }
  | { readonly as: 'time'; readonly time: string | undefined }
  | { readonly as: 'lines'; readonly lines: readonly string[] }
  | { readonly as: 'code'; readonly text: string | undefined }
  | { readonly as: 'word'; readonly word: Text }
  | { readonly as: 'links'; readonly links: readonly Reference[] };

export interface Field<T extends KubeObject = KubeObject> {
  readonly key: string;
  readonly title: Text;
  readonly width?: string;
  readonly align?: 'right';
  /** What the server calls this order. */
  readonly sortBy?: string;
  readonly cell: (object: T) => Cell;
}

export type TabName =
  | 'containers'
  | 'logs'
  | 'terminal'
  | 'pods'
  | 'nodePods'
  | 'drain'
  | 'nodeTerminal'
  | 'files'
  | 'registry'
  | 'revisions'
  | 'jobs'
  | 'ports'
  | 'rules'
  | 'data'
  | 'values'
  | 'conditions'
  | 'objects'
  | 'environment';

export type ActionName = 'scale' | 'restart' | 'suspend' | 'runNow' | 'rerun' | 'cordon' | 'makeDefault';

export interface KindView<T extends KubeObject = KubeObject> {
  /** Between name and age. */
  readonly columns: readonly Field<T>[];
  /** In the head of its page, besides project and age; the columns unless given. */
  readonly facts?: readonly Field<T>[];
  readonly state?: (object: T) => State;
  /** Before the tabs that all kinds have. */
  readonly tabs?: readonly TabName[] | ((object: T) => readonly TabName[]);
  readonly actions?: readonly ActionName[];
  /** The filter `status` of its list, by the server's words. */
  readonly filters?: Readonly<Record<string, Text>>;
  /** What it is for, where none is. */
  readonly about?: Text;
}

/** Checked by its own kind, kept among all. */
export const defineView = <T extends KubeObject>(view: KindView<T>): KindView => view as unknown as KindView;
