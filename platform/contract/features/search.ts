/** Search over all objects by name, display name, label, image, address and other words. */
import { below, filtered } from '../route.ts';
import { flag, integer, list, oneOf, optional, record, text } from '../schema.ts';

const route = below('search', 'search.orrery.io', ['v1alpha1']);

/** `kind` is what `resources` is in list routes, or `workspaces` or `users`; `match` is the word that was found and where it stands. */
const hit = record({
  kind: text(),
  group: text(),
  version: text(),
  resource: text(),
  name: text(),
  namespace: optional(text()),
  uid: text(),
  createTime: text(),
  match: record({ field: oneOf('name', 'alias', 'label', 'image', 'ip', 'text'), value: text() }),
});

export const search = {
  find: route('search.find', 'GET', '/search', 'What the user may see of all objects that have all words', filtered, {
    query: record({
      q: text('words, all of which must be found; name:, alias:, label:, image:, ip: and text: look in one place', 256),
      kinds: optional(text('plural names, separated by commas; all unless given')),
      namespace: optional(text('one project')),
      workspace: optional(text('the projects of one workspace')),
      limit: optional(integer(0)),
    }),
    answer: record({
      items: list(hit),
      totalItems: integer(),
      incomplete: flag('not everything that there is has been read yet, or there was no room for it'),
    }),
  }),
};
