/** Receivers of alerts as a Webhook names them. */
import { fromBase64 } from '../../identity/secrets.ts';
import type { Receiver } from '../options.ts';

export interface ReceiverSpec {
  readonly name?: string;
  /** `alertmanager` or `webhook`. */
  readonly type?: string;
  readonly config?: {
    readonly url?: string;
    readonly service?: {
      readonly namespace?: string;
      readonly name?: string;
      readonly port?: number;
      readonly path?: string;
    };
    readonly caBundle?: string;
  };
}

/** One without an address is left out. */
export const receiversOf = (specs: readonly ReceiverSpec[]): Receiver[] =>
  specs.flatMap(({ name, type = 'webhook', config = {} }) => {
    const address = addressOf(config, type);
    if (address === undefined || (type !== 'alertmanager' && type !== 'webhook')) return [];
    const ca = config.caBundle ? fromBase64(config.caBundle) : undefined;
    return [
      {
        name: `alerts to ${name ?? address}`,
        url: address,
        takes: type === 'alertmanager' ? 'alerts' : 'alerted',
        ...(ca && { ca }),
      },
    ];
  });

const alertsPath = '/api/v2/alerts';

/** An Alertmanager is named by where it is; it takes alerts at a place of its own. */
function addressOf({ url, service, caBundle }: NonNullable<ReceiverSpec['config']>, type: string): string | undefined {
  const place = type === 'alertmanager' ? alertsPath : '/';
  if (url)
    return type === 'alertmanager' && /^[^/]+\/\/[^/]+\/?$/.test(url) ? `${url.replace(/\/$/, '')}${place}` : url;
  const { namespace, name, port = type === 'alertmanager' ? 9093 : 443, path = place } = service ?? {};
  if (!namespace || !name) return undefined;
  const scheme = caBundle || port === 443 ? 'https' : 'http';
  return `${scheme}://${name}.${namespace}.svc:${port}${path.startsWith('/') ? path : `/${path}`}`;
}
