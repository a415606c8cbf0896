import type { KubeObject } from '@orrery/machinery/meta';
import { EventTable } from '../EventTable.tsx';
import type { TabProps } from './index.tsx';

/** What happened to this object. Those of kinds without a project are kept in `default`. */
export const Events = ({ object }: TabProps) => (
  <EventTable namespace={object.metadata.namespace ?? 'default'} selector={selectorOf(object)} />
);

/** By uid where that is known: an earlier object of the name is another one. Nodes are named by their name instead. */
const selectorOf = ({ kind, metadata: { name = '', uid = '' } }: KubeObject): string =>
  kind === 'Node' ? `involvedObject.kind=Node,involvedObject.name=${name}` : `involvedObject.uid=${uid}`;
