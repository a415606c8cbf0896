/** The delta stream: answers of other routes, kept current over one WebSocket. */
import { at, login } from '../route.ts';
import { streamPath } from '../stream.ts';

const route = at('stream');

export const stream = {
  deltas: route(
    'stream.deltas',
    'GET',
    [streamPath],
    'A WebSocket that keeps lists and objects current: subscribe to GET routes by their ids',
    login,
    { rechecks: true, errors: [429] },
  ),
};
