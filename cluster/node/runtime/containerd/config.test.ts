import assert from 'node:assert/strict';
import { test } from 'node:test';
import { containerdConfig, isSupported, parseContainerdVersion, toToml, type ContainerdSettings } from './config.ts';

const settings = (version: string, more: Partial<ContainerdSettings> = {}): ContainerdSettings => ({
  version: parseContainerdVersion(version)!,
  root: '/data/containerd',
  state: '/run/orrery/containerd',
  socket: '/run/orrery/containerd.sock',
  cniBinDir: '/usr/lib/cni',
  cniConfDir: '/data/cni',
  pauseImage: 'orrery.invalid/pause:1',
  registryConfigDir: '/data/certs.d',
  snapshotter: 'overlayfs',
  restrictOomScoreAdj: false,
  disableApparmor: false,
  ...more,
});

test('versions are found in what containerd prints', () => {
  const cases: [string, string | undefined, boolean][] = [
    ['containerd github.com/containerd/containerd 1.6.20~ds1 1.6.20~ds1-1+deb12u3', '1.6.20', true],
    ['containerd containerd.io v2.1.4 75cb2b7193e4e490e9fbdc236c0e811ccaba3376', '2.1.4', true],
    ['containerd github.com/containerd/containerd/v2 2.0.0 207ad711', '2.0.0', true],
    ['containerd 1.5.9', '1.5.9', false],
    ['command not found', undefined, false],
  ];
  for (const [text, expected, supported] of cases) {
    const version = parseContainerdVersion(text);
    assert.equal(version && `${version.major}.${version.minor}.${version.patch}`, expected);
    if (version) assert.equal(isSupported(version), supported, text);
  }
});

test('1.x gets format 2 with the CRI plug-in in one table', () => {
  const text = containerdConfig(settings('1.6.20', { restrictOomScoreAdj: true }));
  assert.match(text, /^version = 2$/m);
  assert.match(text, /^\[plugins\."io\.containerd\.grpc\.v1\.cri"\]$/m);
  assert.match(text, /^sandbox_image = "orrery\.invalid\/pause:1"$/m);
  assert.match(text, /^restrict_oom_score_adj = true$/m);
  assert.match(text, /^bin_dir = "\/usr\/lib\/cni"$/m);
  assert.match(text, /^SystemdCgroup = false$/m);
  assert.doesNotMatch(text, /nri|cri\.v1|enable_cdi/);
  assert.match(containerdConfig(settings('1.7.29')), /enable_cdi = true/);
});

test('2.x gets format 3 with images and runtime apart, and no socket of NRI', () => {
  const text = containerdConfig(settings('2.1.4'));
  assert.match(text, /^version = 3$/m);
  assert.match(
    text,
    /^\[plugins\."io\.containerd\.cri\.v1\.images"\.pinned_images\]\nsandbox = "orrery\.invalid\/pause:1"$/m,
  );
  assert.match(text, /^\[plugins\."io\.containerd\.cri\.v1\.runtime"\.cni\]\nbin_dirs = \["\/usr\/lib\/cni"\]$/m);
  assert.match(text, /^\[plugins\."io\.containerd\.nri\.v1\.nri"\]\ndisable = true$/m);
  assert.doesNotMatch(text, /use_local_image_pull/);
  assert.match(containerdConfig(settings('2.1.4', { snapshotter: 'native' })), /^use_local_image_pull = true$/m);
  assert.match(containerdConfig(settings('2.0.5')), /^bin_dir = "\/usr\/lib\/cni"$/m);
});

test('further runtimes become handlers of their name', () => {
  const text = containerdConfig(settings('1.6.20', { runtimes: { crun: '/usr/bin/crun' } }));
  assert.match(
    text,
    /runtimes\.crun\.options\]\nBinaryName = "\/usr\/bin\/crun"\nRoot = ".*\/runc"\nSystemdCgroup = false/,
  );
});

test('credentials of registries are tables of their host', () => {
  const text = containerdConfig(
    settings('2.1.0', { registryAuth: { 'registry:5000': { username: 'u', password: 'p"\n' } } }),
  );
  assert.match(
    text,
    /^\[plugins\."io\.containerd\.cri\.v1\.images"\.registry\.configs\."registry:5000"\.auth\]\nusername = "u"\npassword = "p\\"\\n"$/m,
  );
});

test('TOML: values before tables, names quoted where needed, absent values left out', () => {
  const table = {
    a: { 'b.c': { list: ['x', 'y'], pairs: [['c', 'k']], none: undefined }, empty: {} },
    last: 1,
    text: '\u007f"\\',
  };
  assert.equal(
    toToml(table),
    'last = 1\ntext = "\\u007f\\"\\\\"\n\n[a."b.c"]\nlist = ["x","y"]\npairs = [["c","k"]]\n',
  );
});
