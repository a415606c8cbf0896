/** What scripts of extensions are given, so that they bring neither React nor a look of their own. Loaded with the first of them. */
import * as react from 'react';
import * as jsxRuntime from 'react/jsx-runtime';
import { Button, TextInput } from '@mantine/core';
import { Link } from '@tanstack/react-router';
import { Action } from '../../blocks/Action.tsx';
import { Card, CardBody, Columns, Facts, LinkRows, Stack } from '../../blocks/card/Card.tsx';
import { ConfirmDelete } from '../../blocks/ConfirmDelete.tsx';
import { FormDialog } from '../../blocks/FormDialog.tsx';
import { PageFrame } from '../../blocks/PageFrame.tsx';
import { PlainTable } from '../../blocks/PlainTable.tsx';
import { Problem } from '../../blocks/Problem.tsx';
import { Tile, Tiles } from '../../blocks/tiles/Tiles.tsx';
import { useCluster, useClusterData } from '../../data/context.ts';
import { Age } from '../../ui/Age.tsx';
import { Badge } from '../../ui/Badge.tsx';
import { useLanguage } from '../../ui/locale.ts';
import { Notice } from '../../ui/Notice.tsx';
import { useToasts } from '../../ui/Toaster.tsx';
import { sharedKey, type SharedName } from './names.data.ts';
import { useTexts } from './texts.ts';

const blocks: Readonly<Record<SharedName, unknown>> = {
  ...{
    PageFrame,
    Card,
    CardBody,
    Columns,
    Stack,
    Facts,
    LinkRows,
    Tile,
    Tiles,
    PlainTable,
    Badge,
    Notice,
    Problem,
    Age,
  },
  ...{ Link, Action, Button, TextInput, FormDialog, ConfirmDelete },
  ...{ useTexts, useLanguage, useCluster, useToasts },
  /** The API of the page's cluster, as the user. */
  useKubernetes: () => useClusterData().native,
};

/** Leaves them where the modules of the import map look. */
export function share(): void {
  Object.assign(globalThis, {
    [Symbol.for(sharedKey)]: { react, 'react/jsx-runtime': jsxRuntime, '@orrery/console': blocks },
  });
}
