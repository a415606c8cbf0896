import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';

const room = join(import.meta.dirname, '..');
const mantine = dirname(fileURLToPath(import.meta.resolve('@mantine/core/styles.css')));
const loaded = readFileSync(join(room, 'ui/mantine.css'), 'utf8');

/** The names that the views take from Mantine, as far as they have styles. */
function componentsInUse(): Set<string> {
  const views = readdirSync(room, { recursive: true, encoding: 'utf8' }).filter(
    path => path.endsWith('.tsx') && !path.includes('node_modules'),
  );
  const names = views.flatMap(path => {
    const imports = readFileSync(join(room, path), 'utf8').matchAll(/import \{([^}]*)\} from '@mantine\/core'/g);
    return [...imports].flatMap(([, list = '']) => list.split(',').map(name => name.trim().replace(/^type /, '')));
  });
  return new Set(names.filter(name => existsSync(join(mantine, `styles/${name}.layer.css`))));
}

test('the styles of every component of Mantine that is used are loaded', () => {
  const missing = [...componentsInUse()].filter(name => !loaded.includes(`/${name}.layer.css`));
  assert.deepEqual(missing, [], 'add them to ui/mantine.css');
});

test('and the test sees components', () => assert.ok(componentsInUse().has('Button')));
