export {
  admissionWebhook,
  allow,
  defaulter,
  deny,
  fail,
  validator,
  type AdmissionPlace,
  type Judgement,
  type Validator,
} from './admission.ts';
export { conversionWebhook, convert, type ConvertibleKind, type Spoke } from './conversion.ts';
export { webhookHandler, type WebhookHandlerOptions } from './handler.ts';
export { webhookPath } from './review.ts';
export type * from './types.ts';
