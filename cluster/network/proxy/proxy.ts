/** The rim of the proxy: services and endpoint slices in, nft transactions out. */
import type { EndpointSlice, Pod, Service } from '@orrery/kinds/types';
import { resources } from '@orrery/client/resources';
import { allSynced, type Change, type ComponentContext } from '@orrery/reconciler';
import { createWriter } from '../writer.ts';
import { hasHostPorts, hostPortsOf } from './host-ports.ts';
import { emptyRuleset, rulesetOf, type Ruleset } from './ruleset.ts';
import { servicePorts } from './services.ts';
import { difference, wholeTable, type TableOptions } from './statements.ts';

/** Runs nft statements as one transaction. Rejects when the kernel refuses: nothing of it took effect then. */
export type Nft = (statements: readonly string[]) => Promise<void>;

export interface ProxyOptions extends TableOptions {
  readonly nodeName: string;
  readonly nft: Nft;
}

export interface Proxy {
  /** Resolves when the rules of everything that was there at the start are in the kernel. */
  readonly ready: Promise<void>;
  /** Statements written since the whole table was. */
  readonly statements: () => number;
}

/** Keeps the table until the context's signal aborts; the table then stays, so that services go on without us. */
export function startProxy(context: ComponentContext, options: ProxyOptions): Proxy {
  const { informers, log, signal } = context;
  const services = informers.of<Service>(resources.services);
  const slices = informers.of<EndpointSlice>(resources.endpointslices);
  const pods = informers.of<Pod>(resources.pods, { fieldSelector: `spec.nodeName=${options.nodeName}` });
  slices.addIndex('service', slice => [
    `${slice.metadata.namespace}/${slice.metadata.labels?.['kubernetes.io/service-name']}`,
  ]);

  const desired = (): Ruleset => {
    const ports = services.list().flatMap(service => {
      const own = slices.byIndex('service', `${service.metadata.namespace}/${service.metadata.name}`);
      return servicePorts(service, own, options.nodeName);
    });
    return rulesetOf(ports, options.podCIDRs, pods.list().flatMap(hostPortsOf));
  };

  let applied: Ruleset = emptyRuleset;
  let isWhole = false;
  let statements = 0;
  const first = Promise.withResolvers<void>();

  const write = async () => {
    const next = desired();
    const script = isWhole ? difference(applied, next) : wholeTable(next, options);
    if (script.length > 0) await options.nft(script);
    if (isWhole) statements += script.length;
    applied = next;
    isWhole = true;
    first.resolve();
  };
  const writer = createWriter(context, {
    gatherMs: 10,
    write,
    failed(error) {
      log.error('service rules could not be written; writing the whole table again', { error });
      // What the kernel holds is unknown, or not what we think: begin anew.
      isWhole = false;
    },
  });
  const { plan } = writer;
  const follow = () => {
    const ofPod = ({ before, after }: Change<Pod>) =>
      hasHostPorts(before) || hasHostPorts(after) ? plan() : undefined;
    const removers = [services.onChange(plan), slices.onChange(plan), pods.onChange(ofPod)];
    signal.addEventListener('abort', () => removers.forEach(remove => remove()), { once: true });
    return writer.write();
  };
  // Caches that are told to end never fill: there is nothing to follow then.
  void allSynced(services, slices, pods).then(follow, () => {});
  return { ready: first.promise, statements: () => statements };
}
