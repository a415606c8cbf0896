import { Network } from 'lucide-react';
import { departments as routes } from '@orrery/platform-contract/features';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

export const departments: FeaturePages = {
  name: 'departments',
  pages: [
    definePage({
      path: '/workspaces/$workspace/departments',
      scope: 'workspace',
      title: text('Departments', '部门'),
      icon: Network,
      load: () => import('./DepartmentsPage.tsx'),
    }),
  ],
  commands: [
    {
      title: text('Create a department', '创建部门'),
      scope: 'workspace',
      path: '/workspaces/$workspace/departments',
      search: { do: 'create' },
      route: routes.create,
    },
  ],
};
