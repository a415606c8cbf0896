/**
 * What the script of an extension gives the console: the default export of an ES module (docs/adding-an-extension.md). The names are those of
 * KubeSphere 4.x; paths may be written its way (`:cluster`) or ours (`$cluster`).
 */
import type { ComponentType, ReactNode } from 'react';

export interface ConsoleExtension {
  readonly menus?: readonly ExtensionMenu[];
  readonly routes?: readonly ExtensionRoute[];
  /** Texts by language (`en`, `zh`) and key. */
  readonly locales?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

export interface ExtensionRoute {
  /**
   * From the root of the console. Below `/clusters/:cluster`, `/workspaces/:workspace` or `/clusters/:cluster/projects/:namespace` the page
   * stands there; an ending `/*` takes all that is below it.
   */
  readonly path: string;
  /** One of the two. The component is given the values of the path. */
  readonly component?: ComponentType<{ readonly params: Readonly<Record<string, string>> }>;
  readonly element?: ReactNode;
  /** Where no menu leads to it: a key of `locales`, or the text itself. */
  readonly title?: string;
}

export interface ExtensionMenu {
  readonly name: string;
  /** In which navigation: `global` (also `topbar`, `toolbox`, `access`, `platformSettings`), `cluster`, `workspace` or `project`. */
  readonly parent?: string;
  /** A key of `locales`, or the text itself. */
  readonly title?: string;
  /** The path of a page; the parent's path with the name unless given. */
  readonly link?: string;
  /** The address of a picture on this platform. */
  readonly icon?: string;
  /** Smaller numbers stand higher. */
  readonly order?: number;
  /** Only who may do this sees the entry; everybody unless given. */
  readonly access?: { readonly verb: string; readonly group?: string; readonly resource: string };
}
