/** What a feature tells the console: its pages and the actions of its command palette. */
import type { ReactNode } from 'react';
import type { AnyRoute } from '@orrery/platform-contract';
import type { Question } from '../data/questions.ts';
import type { PathParams } from '../util/paths.ts';
import type { Icon } from '../ui/icon.ts';
import type { Text } from '../util/messages.ts';

/** Where a page belongs, and in which side navigation it stands. */
export type Scope = 'platform' | 'cluster' | 'workspace' | 'project' | 'devops';

export interface PageProps<P extends string> {
  /** The values of the path's names. */
  readonly params: PathParams<P>;
}

/** A component that is given the values of its path. */
export type PageComponent<Props> = (props: Props) => ReactNode;

export interface Page {
  /** E.g. `/workspaces/$workspace/members`. A server's menu with the same path puts it into the navigation. */
  readonly path: string;
  readonly scope: Scope;
  /** In navigation, breadcrumbs and palette. A page of one object is called by the object's name instead: `titleFrom`. */
  readonly title: Text;
  /** The path's name that the page is called by. */
  readonly titleFrom?: string;
  readonly icon?: Icon;
  /** Pages of one section stand together in the navigation, under its name. */
  readonly section?: Text;
  /** In the navigation although the server's menus do not name it; smaller numbers stand higher, from 100 on below the menus. */
  readonly order?: number;
  /** Only who may do this is offered it; a page that the server's menus name has the right that they name. */
  readonly question?: Question;
  /** Without the frame of navigation, and without being logged in. */
  readonly bare?: true;
  readonly load: () => Promise<{ readonly default: PageComponent<{ readonly params: never }> }>;
}

type Given<P extends string> = Omit<Page, 'path' | 'load'> & {
  readonly path: P;
  readonly load: () => Promise<{ readonly default: PageComponent<PageProps<P>> }>;
};

/** Checks that the component takes what the path gives. */
export const definePage = <const P extends string>(page: Given<P>): Page => page;

/** An entry of the command palette that does something: it opens a page in a state, usually `?do=create`. */
export interface Command {
  readonly title: Text;
  readonly scope: Scope;
  readonly path: string;
  readonly search?: Readonly<Record<string, string>>;
  /** Whose permission it needs. */
  readonly route: AnyRoute;
}

export interface FeaturePages {
  /** The name of the platform's feature: switched off there, these pages are gone. */
  readonly name: string;
  readonly pages: readonly Page[];
  readonly commands?: readonly Command[];
}
