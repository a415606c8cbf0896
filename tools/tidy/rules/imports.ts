/** Who may import whom: the layer table, no relative import across rooms, no Node module in a browser room, no cycles. */
import { browserRooms, layers, storeys, toolFiles } from '../layers.ts';
import { resolve, type Finding, type Source, type Tree } from '../source.ts';

export function imports(tree: Tree): Finding[] {
  return [
    ...tree.sources.flatMap(source => source.imports.flatMap(found => judge(tree, source, found.specifier))),
    ...cycles(tree),
  ];
}

function judge(tree: Tree, source: Source, specifier: string): Finding[] {
  const finding = (message: string): Finding[] => [{ rule: 'imports', path: source.path, line: 1, message }];
  if (specifier.startsWith('node:')) {
    const bound =
      browserRooms.includes(source.room) &&
      !source.isTest &&
      !source.path.includes('/node/') &&
      !toolFiles.includes(source.path);
    return bound
      ? finding(`imports ${specifier}: move it under ${source.room}/node/, the rest also runs in a browser`)
      : [];
  }
  const target = resolve(tree, source, specifier);
  if (target === undefined) {
    return specifier.startsWith('@orrery/') ? finding(`imports ${specifier}, which its package does not export`) : [];
  }
  const room = tree.sources.find(other => other.path === target)?.room;
  if (room === source.room) return storey(source, target, finding);
  if (room === undefined || source.isTest) return [];
  if (specifier.startsWith('.')) return finding(`imports ${specifier} across rooms: use the package's name`);
  const allowed = layers[source.room] ?? [];
  return allowed.includes(room) ? [] : finding(`${source.room} must not import ${room} (tools/tidy/layers.ts)`);
}

/** Within a room with storeys nothing imports what stands above it, tests neither; features know nothing of each other. */
function storey({ room, path }: Source, target: string, finding: (message: string) => Finding[]): Finding[] {
  const order = storeys[room] ?? [];
  const placeOf = (file: string) => file.slice(room.length + 1).split('/');
  const [from = '', inFrom] = placeOf(path);
  const [to = '', inTo] = placeOf(target);
  if (!order.includes(from)) return [];
  if (order.indexOf(to) > order.indexOf(from) || !order.includes(to))
    return finding(`${room}/${from} must not import ${target}: the order is ${order.join(' < ')}`);
  const sideways = from === 'features' && to === 'features' && inFrom !== inTo && inFrom !== 'index.ts';
  return sideways ? finding(`imports ${target}: features know nothing of each other, move what they share below`) : [];
}

/** Strongly connected files by imports that exist at run time; each cycle is told once, at its first file. */
function cycles(tree: Tree): Finding[] {
  const edges = new Map<string, string[]>();
  for (const source of tree.sources) {
    const targets = source.imports
      .filter(found => !found.typeOnly)
      .map(found => resolve(tree, source, found.specifier));
    edges.set(source.path, targets.filter(target => target !== undefined) as string[]);
  }
  const state = new Map<string, 'open' | 'done'>();
  const found: Finding[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (state.get(path) === 'done') return;
    if (state.get(path) === 'open') {
      const cycle = trail.slice(trail.indexOf(path));
      found.push({ rule: 'cycles', path, line: 1, message: `imports itself: ${[...cycle, path].join(' -> ')}` });
      return;
    }
    state.set(path, 'open');
    for (const next of edges.get(path) ?? []) visit(next, [...trail, path]);
    state.set(path, 'done');
  };
  for (const path of edges.keys()) visit(path, []);
  return found;
}
