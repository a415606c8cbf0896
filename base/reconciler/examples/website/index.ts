export { definition, group, kind, websites, type Website } from './kind.ts';
export { fieldManager, finalizer, websiteOperator, type Registrar } from './operator.ts';
export { bannerLabel, partsOf, statusOf } from './plan.ts';
export { completeSite, judgeSite, webhookConfigurations, type Defaults } from './webhooks.ts';
