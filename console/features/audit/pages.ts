import { ScrollText } from 'lucide-react';
import { definePage, type FeaturePages } from '../../blocks/page.ts';
import { text } from '../../util/messages.ts';

const title = text('Audit', '审计日志');

export const audit: FeaturePages = {
  name: 'audit',
  pages: [
    definePage({
      path: '/audit',
      scope: 'platform',
      title,
      section: text('Operations', '平台运维'),
      icon: ScrollText,
      load: () => import('./AuditPages.tsx').then(({ AuditPage }) => ({ default: AuditPage })),
    }),
    definePage({
      path: '/workspaces/$workspace/audit',
      scope: 'workspace',
      title,
      icon: ScrollText,
      load: () => import('./AuditPages.tsx').then(({ WorkspaceAuditPage }) => ({ default: WorkspaceAuditPage })),
    }),
    definePage({
      path: '/clusters/$cluster/projects/$namespace/audit',
      scope: 'project',
      title,
      section: text('Project settings', '项目设置'),
      order: 110,
      icon: ScrollText,
      load: () => import('./AuditPages.tsx').then(({ ProjectAuditPage }) => ({ default: ProjectAuditPage })),
    }),
  ],
};
