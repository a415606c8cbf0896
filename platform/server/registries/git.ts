/** Whether a repository of code can be read: the first question of Git's protocol over HTTP, through the guarded client. */
import { header } from '@orrery/http';
import { badRequest, notFound } from '@orrery/machinery/status';
import type { Egress } from '../egress/egress.ts';
import { basicHeader, type Credential } from './credentials.ts';

/** Rejects with a StatusError that says which of the three it is: the address, the credentials, or nothing usable. */
export async function verifyGit(
  egress: Egress,
  remoteUrl: string,
  { credential, signal }: { credential?: Credential; signal?: AbortSignal },
): Promise<void> {
  if (!/^https?:\/\//i.test(remoteUrl))
    throw badRequest('remoteUrl must be https:// or http://: other ways are not gone');
  const [address = ''] = remoteUrl.split(/[?#]/);
  const answer = await egress.fetch({
    url: `${address.replace(/\/+$/, '')}/info/refs?service=git-upload-pack`,
    headers: { accept: 'application/x-git-upload-pack-advertisement', 'user-agent': 'git/2.40 (orrery)' },
    ...(credential && { credentials: { authorization: basicHeader(credential) } }),
    redirects: 2,
    bytesMax: 16 * 1024 * 1024,
    ...(signal && { signal }),
  });
  if (answer.status === 401 || answer.status === 403)
    throw badRequest('the server does not take this user and password, or wants some');
  if (answer.status === 404) throw notFound({ group: '', resource: 'repositories', name: 'remoteUrl' });
  const type = header(answer.headers, 'content-type') ?? '';
  const begin = new TextDecoder('latin1').decode(answer.body.subarray(0, 64));
  const isGit =
    type.startsWith('application/x-git-upload-pack-advertisement') &&
    /^[0-9a-f]{4}# service=git-upload-pack/.test(begin);
  if (answer.status !== 200 || !isGit) throw badRequest('at this address is no repository of Git');
}
