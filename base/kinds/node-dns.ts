/** Says on a Node at which port of its pods' gateway cluster DNS answers. */
export const dnsPortAnnotation = 'network.orrery/dns-port';
