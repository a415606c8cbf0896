/** Image names as users write them (distribution `reference`). */

const separator = '(?:[._]|__|[-]+)';
const component = `[a-z0-9]+(?:${separator}[a-z0-9]+)*`;
const path = new RegExp(`^${component}(?:/${component})*$`);
const hostLabel = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const host = new RegExp(`^(?:${hostLabel}(?:\\.${hostLabel})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?$`);
const tagForm = /^[\w][\w.-]{0,127}$/;
const digestForm = /^[A-Za-z][A-Za-z0-9]*(?:[-_+.][A-Za-z][A-Za-z0-9]*)*:[0-9a-fA-F]{32,}$/;

export interface ImageName {
  /** Registry, e.g. `docker.io`. */
  domain: string;
  /** e.g. `library/nginx`. */
  path: string;
  tag?: string;
  digest?: string;
}

/** Splits a name and fills in the default registry. Throws with the reference library's words. */
export function parseImageName(text: string): ImageName {
  if (/^[a-f0-9]{64}$/.test(text)) {
    throw new Error(`invalid repository name (${text}), cannot specify 64-byte hexadecimal strings`);
  }
  const [beforeDigest = '', digest] = splitOnce(text, '@');
  const colon = beforeDigest.lastIndexOf(':');
  const tagged = colon > beforeDigest.lastIndexOf('/');
  const name = tagged ? beforeDigest.slice(0, colon) : beforeDigest;
  const tag = tagged ? beforeDigest.slice(colon + 1) : undefined;
  const { domain, rest } = splitDomain(name);
  if (rest !== rest.toLowerCase()) {
    throw new Error(`invalid reference format: repository name (${rest}) must be lowercase`);
  }
  const valid =
    host.test(domain) &&
    path.test(rest) &&
    (tag === undefined || tagForm.test(tag)) &&
    (digest === undefined || digestForm.test(digest));
  if (!valid) throw new Error('invalid reference format');
  return { domain, path: rest, ...(tag !== undefined && { tag }), ...(digest !== undefined && { digest }) };
}

function splitOnce(text: string, by: string): [string, string | undefined] {
  const at = text.indexOf(by);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + 1)];
}

/** What is before the first slash is a registry if it looks like a host. */
function splitDomain(name: string): { domain: string; rest: string } {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const isHost = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const domain = isHost ? first : 'docker.io';
  const rest = isHost ? name.slice(slash + 1) : name;
  const official = domain === 'docker.io' || domain === 'index.docker.io';
  return { domain: official ? 'docker.io' : domain, rest: official && !rest.includes('/') ? `library/${rest}` : rest };
}

/** The name to pull: with `:latest` where there is neither tag nor digest. Throws in upstream's words. */
export function withDefaultTag(image: string): string {
  try {
    const { tag, digest } = parseImageName(image);
    return tag === undefined && digest === undefined ? `${image}:latest` : image;
  } catch (error) {
    throw new Error(`couldn't parse image name ${JSON.stringify(image)}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}
