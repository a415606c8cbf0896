export { serveWebhooks, webhookServer, type TlsFiles, type WebhookServer, type WebhookServerOptions } from './serve.ts';
