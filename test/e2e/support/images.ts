/** Images for the tests, made from Debian's packages: nothing is pulled. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, realpathSync, writeFileSync } from 'node:fs';
import { arch } from 'node:os';
import { join } from 'node:path';
import { writeTar, type TarFile } from '@orrery/node/runtime/tar';

const architecture = arch() === 'arm64' ? 'arm64' : 'amd64';
const text = (content: string): Uint8Array => Buffer.from(content);
const directory = (name: string, mode = 0o755): TarFile => ({
  name: `${name}/`,
  content: new Uint8Array(),
  type: 'directory',
  mode,
});
const symlink = (name: string, link: string): TarFile => ({
  name,
  content: new Uint8Array(),
  type: 'symlink',
  link,
  mode: 0o777,
});
const copy = (path: string, name = path.slice(1)): TarFile => ({
  name,
  content: readFileSync(realpathSync(path)),
  mode: 0o755,
});

interface ImageConfig {
  readonly Cmd: readonly string[];
  readonly Env?: readonly string[];
}

/** An image of one layer, as its two blobs. */
export interface ImageFiles {
  readonly layer: Uint8Array;
  readonly config: Uint8Array;
}

function imageOf(files: readonly TarFile[], config: ImageConfig): ImageFiles {
  const layer = writeTar(files);
  const digest = createHash('sha256').update(layer).digest('hex');
  const environment = ['PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'];
  const description = {
    architecture,
    os: 'linux',
    config: { Env: environment, ...config },
    rootfs: { type: 'layers', diff_ids: [`sha256:${digest}`] },
  };
  return { layer, config: text(JSON.stringify(description)) };
}

/** Writes a docker archive and returns its path. */
function writeArchive(folder: string, reference: string, { layer, config }: ImageFiles): string {
  const manifest = [{ Config: 'config.json', RepoTags: [reference], Layers: ['layer.tar'] }];
  const archive = join(folder, `${reference.replaceAll(/[/:]/g, '-')}.tar`);
  writeFileSync(
    archive,
    writeTar([
      { name: 'manifest.json', content: text(JSON.stringify(manifest)) },
      { name: 'config.json', content: config },
      { name: 'layer.tar', content: layer },
    ]),
  );
  return archive;
}

const base: readonly TarFile[] = [
  directory('tmp', 0o1777),
  directory('etc'),
  { name: 'etc/passwd', content: text('root:x:0:0:root:/root:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n') },
  { name: 'etc/group', content: text('root:x:0:\nnogroup:x:65534:\n') },
];

function busyboxFiles(): TarFile[] {
  const applets = execFileSync('/bin/busybox', ['--list'], { encoding: 'utf8' }).trim().split('\n');
  const links = applets.filter(name => name !== 'busybox').map(name => symlink(`bin/${name}`, 'busybox'));
  return [...base, directory('bin'), copy('/bin/busybox'), ...links];
}

/** busybox with its applets as links (package busybox-static). */
export const busybox = (): ImageFiles => imageOf(busyboxFiles(), { Cmd: ['sh'] });

/** The same with the kubectl at `path`, a program without libraries of its own or with the machine's. */
export function kubectlImage(folder: string, path: string, reference: string): string {
  const files = [...busyboxFiles(), copy(path, 'usr/bin/kubectl'), ...librariesOf(path).map(library => copy(library))];
  return writeArchive(folder, reference, imageOf(files, { Cmd: ['sh'] }));
}

/** None for a program that is whole by itself. */
function librariesOf(program: string): string[] {
  try {
    const printed = execFileSync('ldd', [program], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] });
    return [...printed.matchAll(/(?:=> )?(\/\S+) \(0x/g)].map(match => match[1]!);
  } catch {
    return [];
  }
}

export const busyboxImage = (folder: string, reference = 'docker.io/library/busybox:1.35'): string =>
  writeArchive(folder, reference, busybox());

const nginxConfig = `worker_processes 1;
error_log stderr notice;
pid /tmp/nginx.pid;
events { worker_connections 64; }
http {
  access_log /dev/stdout;
  client_body_temp_path /tmp/body; proxy_temp_path /tmp/proxy; fastcgi_temp_path /tmp/fastcgi;
  uwsgi_temp_path /tmp/uwsgi; scgi_temp_path /tmp/scgi;
  server {
    listen 80;
    location / { default_type text/plain; return 200 "VERSION $hostname\\n"; }
  }
}
`;

/** nginx and the libraries it needs (package nginx, fetched but not installed); answers with its version and host name. */
export function nginxImage(folder: string, version: string): string {
  const program = nginxProgram(folder);
  const files = [
    ...base,
    directory('usr/sbin'),
    copy(program, 'usr/sbin/nginx'),
    ...librariesOf(program).map(path => copy(path)),
    copy('/bin/busybox', 'bin/sh'),
    directory('etc/nginx'),
    { name: 'etc/nginx/nginx.conf', content: text(nginxConfig.replace('VERSION', version)) },
    directory('var/log/nginx'),
    directory('usr/share/nginx'),
  ];
  const image = imageOf(files, {
    Cmd: ['/usr/sbin/nginx', '-c', '/etc/nginx/nginx.conf', '-g', 'daemon off; user root;'],
  });
  return writeArchive(folder, `docker.io/library/nginx:${version}`, image);
}

function nginxProgram(folder: string): string {
  const unpacked = join(folder, 'nginx-package');
  const program = join(unpacked, 'usr/sbin/nginx');
  try {
    return realpathSync(program);
  } catch {
    mkdirSync(unpacked, { recursive: true });
    execFileSync('apt-get', ['-q', '-o', 'APT::Sandbox::User=root', 'download', 'nginx'], {
      cwd: unpacked,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const archive = readdirSync(unpacked).find(name => name.endsWith('.deb'))!;
    execFileSync('dpkg-deb', ['-x', join(unpacked, archive), unpacked]);
    return program;
  }
}
