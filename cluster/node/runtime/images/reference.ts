/** Image references as registries and runtimes write them: the rules of the distribution project. */

const domain =
  /^(?:[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?(?:\.[a-zA-Z0-9](?:[a-zA-Z0-9-]*[a-zA-Z0-9])?)*|\[[a-fA-F0-9:]+\])(?::\d+)?$/;
const path = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const tagged = /^(.*?)(?::(\w[\w.-]{0,127}))?(?:@(sha256:[0-9a-f]{64}))?$/;

export interface Reference {
  /** Registry and repository, e.g. `docker.io/library/busybox`. */
  repository: string;
  tag?: string;
  digest?: string;
}

/**
 * A reference in full: `busybox` is `docker.io/library/busybox:latest`. Undefined when it is not one. The first part is a registry
 * when it has a dot or a port, or is `localhost`.
 */
export function parseReference(text: string): Reference | undefined {
  const slash = text.indexOf('/');
  const first = slash < 0 ? '' : text.slice(0, slash);
  const named = first !== '' && (/[.:]/.test(first) || first === 'localhost' || first !== first.toLowerCase());
  const registry = !named || first === 'index.docker.io' ? 'docker.io' : first;
  const [, repository = '', tag, digest] = tagged.exec(named ? text.slice(slash + 1) : text) ?? [];
  const full = registry === 'docker.io' && !repository.includes('/') ? `library/${repository}` : repository;
  if (!domain.test(registry) || !path.test(full) || full.length + registry.length > 254) return undefined;
  return {
    repository: `${registry}/${full}`,
    ...(tag ? { tag } : !digest && { tag: 'latest' }),
    ...(digest && { digest }),
  };
}

/** The full text of a reference, e.g. `docker.io/library/busybox:latest`. */
export const formatReference = ({ repository, tag, digest }: Reference): string =>
  repository + (tag ? `:${tag}` : '') + (digest ? `@${digest}` : '');
