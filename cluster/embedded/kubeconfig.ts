/** The administrator's kubeconfig, written by the parent once the port is known: the server's user cannot write outside its folder. */
import { chmodSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { kubeconfig } from '@orrery/apiserver/pki';
import type { Layout } from './layout.ts';

export function writeAdminKubeconfig(layout: Layout, port: number): void {
  const read = (name: string) => readFileSync(join(layout.server.pki, name), 'utf8');
  const text = kubeconfig({
    server: `https://127.0.0.1:${port}`,
    authority: read('ca.crt'),
    credentials: { certificate: read('admin.crt'), key: read('admin.key') },
  });
  writeFileSync(`${layout.kubeconfig}.next`, text, { mode: 0o600 });
  chmodSync(`${layout.kubeconfig}.next`, 0o600);
  renameSync(`${layout.kubeconfig}.next`, layout.kubeconfig);
}
