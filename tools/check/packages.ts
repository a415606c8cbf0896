/** Installs the Debian packages that the tests drive real parts with, where a command they bring is missing. */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync, writeFileSync } from 'node:fs';

/** A file or command whose absence means that the package is needed. Several commands: any of them will do. */
const wanted: readonly { readonly package: string; readonly anyOf: readonly string[] }[] = [
  { package: 'containerd', anyOf: ['/usr/bin/containerd', '/usr/local/bin/containerd'] },
  { package: 'runc', anyOf: ['/usr/sbin/runc', '/usr/bin/runc', '/usr/local/sbin/runc'] },
  { package: 'containernetworking-plugins', anyOf: ['/usr/lib/cni/bridge', '/opt/cni/bin/bridge'] },
  { package: 'nftables', anyOf: ['/usr/sbin/nft'] },
  { package: 'iproute2', anyOf: ['/usr/sbin/ip', '/sbin/ip'] },
  { package: 'busybox-static', anyOf: ['/bin/busybox'] },
  { package: 'etcd-server', anyOf: ['/usr/bin/etcd'] },
  { package: 'docker-registry', anyOf: ['/usr/bin/docker-registry'] },
  { package: 'slapd', anyOf: ['/usr/sbin/slapd'] },
  { package: 'openssl', anyOf: ['/usr/bin/openssl'] },
  { package: 'git', anyOf: ['/usr/bin/git', '/usr/local/bin/git'] },
  { package: 'curl', anyOf: ['/usr/bin/curl'] },
  { package: 'chromium', anyOf: ['/usr/bin/chromium'] },
  // Chinese in screenshots.
  { package: 'fonts-wqy-microhei', anyOf: ['/usr/share/fonts/truetype/wqy/wqy-microhei.ttc'] },
  { package: 'kubernetes-client', anyOf: ['/usr/bin/kubectl', '/usr/local/bin/kubectl'] },
  { package: 'wrk', anyOf: ['/usr/bin/wrk'] },
  { package: 'nghttp2-client', anyOf: ['/usr/bin/h2load'] },
];

const missing = wanted.filter(({ anyOf }) => !anyOf.some(path => existsSync(path))).map(entry => entry.package);
if (missing.length === 0) {
  process.stdout.write('all there\n');
} else {
  if (process.getuid?.() !== 0) {
    process.stderr.write(
      `these packages are missing and only root can install them: apt-get install ${missing.join(' ')}\n`,
    );
    process.exit(1);
  }
  process.stdout.write(`installing ${missing.join(' ')}\n`);
  // The tests start what they need themselves: no service of a package may start on installation.
  const policy = '/usr/sbin/policy-rc.d';
  const isOurs = !existsSync(policy);
  if (isOurs) writeFileSync(policy, '#!/bin/sh\nexit 101\n', { mode: 0o755 });
  const env = { ...process.env, DEBIAN_FRONTEND: 'noninteractive' };
  try {
    spawnSync('apt-get', ['update', '-q'], { stdio: ['ignore', 'ignore', 'inherit'], env });
    const install = ['install', '-y', '-q', '--no-install-recommends', '--no-remove', ...missing];
    execFileSync('apt-get', install, { stdio: ['ignore', 'ignore', 'inherit'], env });
  } finally {
    if (isOurs) rmSync(policy, { force: true });
  }
}
