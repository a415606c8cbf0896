import assert from 'node:assert/strict';
import { test } from 'node:test';
import { roleKeyOf } from './words.ts';

const cases: [string, Parameters<typeof roleKeyOf>, string | undefined][] = [
  ['a role of the platform', ['platform-admin', 'platform'], 'platform_admin'],
  ['a role of a workspace has its name before it', ['team-a-viewer', 'workspace', 'team-a'], 'workspace_viewer'],
  ['a dash within', ['w-self-provisioner', 'workspace', 'w'], 'workspace_self-provisioner'],
  ['a role of the cluster', ['cluster-viewer', 'cluster'], 'cluster_viewer'],
  ['a role of a project', ['operator', 'project'], 'project_operator'],
  ['a role of a DevOps project', ['operator', 'devops'], 'devops_operator'],
  ['a role of another workspace', ['other-viewer', 'workspace', 'team-a'], undefined],
  ['a role that somebody made', ['auditors', 'project'], undefined],
  ['no inherited name', ['platform-constructor', 'platform'], undefined],
];
for (const [what, given, key] of cases) test(what, () => assert.equal(roleKeyOf(...given), key));
