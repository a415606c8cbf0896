import { Gauge } from 'lucide-react';
import { resources as routes } from '@orrery/platform-contract/features';
import { definePage, type Command, type FeaturePages, type Page } from '../../blocks/page.ts';
import { text, type Text } from '../../util/messages.ts';
import { kindNames, quietKinds, sections, type KindName } from '../../blocks/kinds/names.data.ts';

const inCluster = '/clusters/$cluster';
const inProject = '/clusters/$cluster/projects/$namespace';

const listPage = (root: typeof inCluster | typeof inProject, kind: KindName): Page =>
  definePage({
    path: `${root}/${kind.resource}` as `${typeof inProject}/x`,
    scope: root === inProject ? 'project' : 'cluster',
    title: kind.title,
    section: kind.section,
    icon: kind.icon,
    load: () => import('./list/ListPage.tsx').then(({ listPage }) => ({ default: listPage(kind.resource) })),
  });

const objectPage = (root: typeof inCluster | typeof inProject, kind: KindName): Page =>
  definePage({
    path: `${root}/${kind.resource}/$name` as `${typeof inProject}/x/$name`,
    scope: root === inProject ? 'project' : 'cluster',
    title: kind.one,
    titleFrom: 'name',
    load: () => import('./ObjectPage.tsx').then(({ objectPage }) => ({ default: objectPage(kind.resource) })),
  });

/** Kinds of projects are listed in each project and, over all projects, in the cluster; those of the cluster only there. */
const pagesOf = (kind: KindName): Page[] =>
  kind.namespaced
    ? [listPage(inProject, kind), objectPage(inProject, kind), listPage(inCluster, kind)]
    : [listPage(inCluster, kind), objectPage(inCluster, kind)];

const create = (resource: string, title: Text): Command => ({
  title,
  scope: 'project',
  path: `${inProject}/${resource}`,
  search: { do: 'create' },
  route: routes.listIn,
});

export const resources: FeaturePages = {
  name: 'resources',
  commands: [
    create('deployments', text('Create a deployment', '创建部署')),
    create('services', text('Create a service', '创建服务')),
    create('configmaps', text('Create a ConfigMap', '创建配置字典')),
    create('cronjobs', text('Create a CronJob', '创建定时任务')),
  ],
  pages: [
    definePage({
      path: inProject,
      scope: 'project',
      title: text('Overview', '概览'),
      titleFrom: 'namespace',
      icon: Gauge,
      order: 0,
      load: () => import('./overview/ProjectPage.tsx'),
    }),
    definePage({
      path: inCluster,
      scope: 'cluster',
      title: text('Overview', '概览'),
      titleFrom: 'cluster',
      icon: Gauge,
      order: 0,
      load: () => import('./overview/ClusterPage.tsx'),
    }),
    ...kindNames.flatMap(pagesOf),
    ...quietKinds.filter(({ namespaced }) => namespaced).flatMap(pagesOf),
    // Kinds that others have defined.
    definePage({
      path: `${inProject}/resources/$resource`,
      scope: 'project',
      title: sections.configuration,
      titleFrom: 'resource',
      load: () => import('./list/ListPage.tsx').then(({ AnyListPage }) => ({ default: AnyListPage })),
    }),
    definePage({
      path: `${inProject}/resources/$resource/$name`,
      scope: 'project',
      title: sections.configuration,
      titleFrom: 'name',
      load: () => import('./ObjectPage.tsx').then(({ AnyObjectPage }) => ({ default: AnyObjectPage })),
    }),
    definePage({
      path: `${inCluster}/resources/$resource`,
      scope: 'cluster',
      title: sections.cluster,
      titleFrom: 'resource',
      load: () => import('./list/ListPage.tsx').then(({ AnyListPage }) => ({ default: AnyListPage })),
    }),
    definePage({
      path: `${inCluster}/resources/$resource/$name`,
      scope: 'cluster',
      title: sections.cluster,
      titleFrom: 'name',
      load: () => import('./ObjectPage.tsx').then(({ AnyObjectPage }) => ({ default: AnyObjectPage })),
    }),
  ],
};
