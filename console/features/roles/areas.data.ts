/** What a role on the platform can be about, in the words of people and in those of rules. */
import { groups } from '@orrery/platform-kinds/names';
import { text, type Text } from '../../util/messages.ts';

export interface Area {
  readonly key: string;
  readonly title: Text;
  readonly about: Text;
  /** Group and resources that belong to it. */
  readonly parts: readonly (readonly [group: string, ...resources: string[]])[];
}

export const areas: readonly Area[] = [
  {
    key: 'workspaces',
    title: text('Workspaces', '企业空间'),
    about: text('All workspaces and what they are called.', '所有企业空间及其基本信息。'),
    parts: [[groups.tenant, 'workspaces']],
  },
  {
    key: 'projects',
    title: text('Projects', '项目'),
    about: text('Projects in every workspace.', '所有企业空间中的项目。'),
    parts: [
      [groups.tenant, 'namespaces'],
      ['', 'namespaces'],
    ],
  },
  {
    key: 'members',
    title: text('Members', '成员'),
    about: text('Members and roles of every workspace.', '所有企业空间的成员和角色。'),
    parts: [[groups.iam, 'workspacemembers', 'workspaceroles']],
  },
  {
    key: 'users',
    title: text('Users', '用户'),
    about: text('Accounts, their passwords and their log-ins.', '用户账户、密码和登录记录。'),
    parts: [[groups.iam, 'users', 'users/password', 'users/loginrecords']],
  },
  {
    key: 'roles',
    title: text('Platform roles', '平台角色'),
    about: text('Roles such as this one.', '与此类似的平台角色。'),
    parts: [[groups.iam, 'globalroles']],
  },
  {
    key: 'workloads',
    title: text('Workloads', '工作负载'),
    about: text('Deployments, jobs and pods in every project.', '所有项目中的部署、任务和容器组。'),
    parts: [
      ['apps', '*'],
      ['batch', '*'],
      ['', 'pods', 'pods/log'],
    ],
  },
  {
    key: 'network',
    title: text('Services and routes', '服务与路由'),
    about: text('Services, routes and network policies in every project.', '所有项目中的服务、应用路由和网络策略。'),
    parts: [
      ['', 'services', 'endpoints'],
      ['networking.k8s.io', '*'],
    ],
  },
  {
    key: 'configuration',
    title: text('Configuration', '配置'),
    about: text('Configuration of every project, without its secrets.', '所有项目中的配置字典，不含保密字典。'),
    parts: [['', 'configmaps', 'resourcequotas', 'limitranges']],
  },
  {
    key: 'secrets',
    title: text('Secrets', '保密字典'),
    about: text('Passwords and keys in every project.', '所有项目中的密码和密钥。'),
    parts: [['', 'secrets']],
  },
  {
    key: 'storage',
    title: text('Storage', '存储'),
    about: text('Volumes, claims and storage classes.', '持久卷、持久卷声明和存储类。'),
    parts: [
      ['', 'persistentvolumes', 'persistentvolumeclaims'],
      ['storage.k8s.io', '*'],
    ],
  },
  {
    key: 'nodes',
    title: text('Nodes', '集群节点'),
    about: text('The machines of the cluster.', '集群中的节点。'),
    parts: [['', 'nodes']],
  },
];
