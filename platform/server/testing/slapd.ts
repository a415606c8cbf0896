/** OpenLDAP's server on a free port of loopback, with a folder of its own. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, connect, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createAuthority } from '@orrery/http/testing/certificates';

export interface Directory {
  readonly port: number;
  readonly securePort: number;
  /** PEM of the authority that vouches for it. */
  readonly ca: string;
  close(): Promise<void>;
}

export const managerDn = 'cn=manager,dc=example,dc=test';
export const managerPassword = 'Manager-Passw0rd';

const freePort = (): Promise<number> =>
  new Promise(resolve => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

const answers = (port: number): Promise<boolean> =>
  new Promise(resolve => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });

const configuration = (folder: string): string => `
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
modulepath /usr/lib/ldap
moduleload back_mdb
pidfile ${folder}/slapd.pid
TLSCACertificateFile ${folder}/ca.pem
TLSCertificateFile ${folder}/server.pem
TLSCertificateKeyFile ${folder}/server.key
TLSVerifyClient never
database mdb
suffix "dc=example,dc=test"
rootdn "${managerDn}"
rootpw ${managerPassword}
directory ${folder}/data
`;

/** `people` is LDIF below `dc=example,dc=test`. */
export async function startDirectory(people: string): Promise<Directory> {
  const folder = mkdtempSync(join(tmpdir(), 'slapd-'));
  const authority = await createAuthority();
  const server = await authority.issue('localhost');
  const write = (name: string, text: string) => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write('ca.pem', authority.cert);
  write('server.pem', server.cert);
  write('server.key', server.key);
  write('slapd.conf', configuration(folder));
  write(
    'people.ldif',
    `dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n${people}`,
  );
  spawnSync('mkdir', [join(folder, 'data')]);
  const filled = spawnSync('/usr/sbin/slapadd', ['-f', join(folder, 'slapd.conf'), '-l', join(folder, 'people.ldif')]);
  if (filled.status !== 0) throw new Error(`slapadd: ${filled.stderr.toString()}`);
  // A port that was free may be somebody's a moment later.
  for (let tries = 0; tries < 5; tries++) {
    const [port, securePort] = [await freePort(), await freePort()];
    const urls = `ldap://127.0.0.1:${port}/ ldaps://127.0.0.1:${securePort}/`;
    const child = spawn('/usr/sbin/slapd', ['-d', '0', '-f', join(folder, 'slapd.conf'), '-h', urls], {
      stdio: 'ignore',
    });
    if (await comesUp(child, port)) {
      return {
        port,
        securePort,
        ca: authority.cert,
        close: () => stop(child).then(() => rmSync(folder, { recursive: true, force: true })),
      };
    }
    await stop(child);
  }
  throw new Error('slapd did not start');
}

async function comesUp(child: ChildProcess, port: number): Promise<boolean> {
  while (child.exitCode === null) {
    if (await answers(port)) return child.exitCode === null;
    await new Promise(resolve => setTimeout(resolve, 20));
  }
  return false;
}

const stop = (child: ChildProcess): Promise<void> =>
  new Promise(resolve => {
    if (child.exitCode !== null || child.signalCode !== null) return resolve();
    child.once('exit', () => resolve());
    child.kill('SIGTERM');
  });
