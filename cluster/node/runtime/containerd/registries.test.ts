import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hostsFiles, parseRegistries, registryAuth } from './registries.ts';

const example = `
mirrors:
  docker.io:
    endpoint: ["https://mirror.example:5000", "http://plain.example/v2/hub/"]
  "*":
    endpoint: ["https://mirror.example:5000"]
configs:
  mirror.example:5000:
    auth: { username: reader, password: "12345" }
    tls: { ca_file: /etc/ca.pem, cert_file: /etc/c.pem, key_file: /etc/k.pem }
  lab.example:
    tls: { insecure_skip_verify: true }
  docker.io:
    auth: { auth: dTpw }
`;

test('each registry with mirrors or a CA of its own gets a hosts file', () => {
  const files = hostsFiles(parseRegistries(example));
  assert.deepEqual(Object.keys(files), [
    '_default/hosts.toml',
    'docker.io/hosts.toml',
    'lab.example/hosts.toml',
    'mirror.example:5000/hosts.toml',
  ]);
  assert.equal(
    files['docker.io/hosts.toml'],
    `
[host."https://mirror.example:5000"]
capabilities = ["pull","resolve"]
ca = "/etc/ca.pem"
client = [["/etc/c.pem","/etc/k.pem"]]

[host."http://plain.example/v2/hub"]
capabilities = ["pull","resolve"]
override_path = true
`,
  );
  assert.equal(
    files['lab.example/hosts.toml'],
    `server = "https://lab.example"
skip_verify = true

[host."https://lab.example"]
capabilities = ["pull","resolve"]
skip_verify = true
`,
  );
});

test('credentials go to the configuration under the host that asks for them', () => {
  const auth = registryAuth(parseRegistries(example));
  assert.deepEqual(JSON.parse(JSON.stringify(auth)), {
    'mirror.example:5000': { username: 'reader', password: '12345' },
    'registry-1.docker.io': { auth: 'dTpw' },
  });
});

test('an empty file means no registries', () => {
  assert.deepEqual(parseRegistries(''), { mirrors: {}, configs: {} });
});

test('what cannot work is refused with the name of the field', () => {
  const cases: [string, RegExp][] = [
    ['mirrors: { "../../etc": { endpoint: [] } }', /mirrors\["..\/..\/etc"\]: the name must be/],
    ['mirrors: { "a/b": { endpoint: [] } }', /the name must be/],
    ['mirrors: { ".": {} }', /the name must be/],
    ['mirrors: { docker.io: { endpoint: ["mirror:5000"] } }', /mirrors\["docker.io"\].endpoint: "mirror:5000" must be/],
    ['mirrors: { docker.io: { endpoint: ["https://u:p@mirror"] } }', /without credentials/],
    ['mirrors: { docker.io: { endpoint: ["file:///etc"] } }', /must be an http or https URL/],
    ['mirrors: { docker.io: { endpoint: "https://x" } }', /must be a list/],
    ['mirrors: { docker.io: { rewrite: { a: b } } }', /rewrite is not supported/],
    ['mirrors: []', /mirrors must be a mapping/],
    ['configs: { a: { auth: { password: [1] } } }', /configs\["a"\].auth.password must be a string/],
  ];
  for (const [text, problem] of cases) assert.throws(() => parseRegistries(text), problem, text);
});
