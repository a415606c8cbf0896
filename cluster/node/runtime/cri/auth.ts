/** Which credentials go along with a pull: those of the image's own registry, and to that host alone, never to a mirror of it. */
import { parseReference } from '../images/reference.ts';
import type { ImageAuth } from '../types.ts';

/** Docker Hub's names: of images, of old configuration files, of the host that serves them. */
const hubNames = ['docker.io', 'index.docker.io', 'registry-1.docker.io'];
const hub = 'registry-1.docker.io';

/**
 * What CRI is to be given. `serverAddress` may be as configuration files have it (`registry:5000`, `https://index.docker.io/v1/`,
 * `*.example.com/team`); where it is another registry than the image's, nothing is sent.
 */
export function authFor(image: string, auth: ImageAuth | undefined): ImageAuth | undefined {
  const reference = parseReference(image);
  if (!auth || !reference) return auth;
  const host = served(reference.repository.slice(0, reference.repository.indexOf('/')));
  const given = auth.serverAddress?.replace(/^https?:\/\//, '').split('/')[0];
  if (given && !matches(served(given), host)) return undefined;
  // The runtime compares the host and ignores the scheme, but reads nothing without one.
  return { ...auth, serverAddress: `https://${host}` };
}

const served = (name: string): string => (hubNames.includes(name) ? hub : name);

/** Each label of the pattern may have `*`, as in Kubernetes' pull secrets; ports must be equal. */
function matches(pattern: string, host: string): boolean {
  const [labels, wanted] = [host.split('.'), pattern.split('.')];
  if (labels.length !== wanted.length) return false;
  return wanted.every((part, i) => {
    const escaped = part.replace(/[^A-Za-z0-9*]/g, '\\$&').replaceAll('*', '[^:]*');
    return new RegExp(`^${escaped}$`).test(labels[i]!);
  });
}
