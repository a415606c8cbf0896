/** Names that are not DNS subdomains, by `group/resource`. All other kinds follow the rule of subdomains. */
import { dns1035Name, labelName, pathSegmentName, type NameRule } from './meta.ts';

export const nameRules: Readonly<Record<string, NameRule>> = {
  '/namespaces': labelName,
  '/services': dns1035Name,
  'rbac.authorization.k8s.io/clusterrolebindings': pathSegmentName,
  'rbac.authorization.k8s.io/clusterroles': pathSegmentName,
  'rbac.authorization.k8s.io/rolebindings': pathSegmentName,
  'rbac.authorization.k8s.io/roles': pathSegmentName,
};
