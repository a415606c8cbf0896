import assert from 'node:assert/strict';
import { decode } from '@orrery/machinery/schema';
import { catalogue, schemaOf } from './index.ts';
import { readTarGz, referenceTest } from './testing/reference.ts';

const goldenGroup = (group: string): string => (group === '' ? 'core' : group);

referenceTest(
  'every served kind reads its golden object whole and writes it unchanged',
  'api-golden-v1.34.tar.gz',
  path => {
    const files = readTarGz(path);
    const missing: string[] = [];
    for (const kind of catalogue.kinds) {
      const name = `HEAD/${goldenGroup(kind.group)}.${kind.version}.${kind.kind}.json`;
      const bytes = files.get(name);
      if (!bytes) {
        missing.push(name);
        continue;
      }
      const golden = JSON.parse(new TextDecoder().decode(bytes)) as unknown;
      const { value, unknown, error } = decode(schemaOf(kind), golden);
      assert.equal(error, undefined, name);
      assert.deepEqual(unknown, [], name);
      assert.deepEqual(value, golden, name);
    }
    assert.deepEqual(
      missing,
      [
        'HEAD/apiregistration.k8s.io.v1.APIService.json',
        'HEAD/apiextensions.k8s.io.v1.CustomResourceDefinition.json',
      ].filter(name => missing.includes(name)),
    );
  },
);
