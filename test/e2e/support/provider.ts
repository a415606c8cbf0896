/**
 * A provider of identities as GitHub documents itself, reduced to what a log-in needs: `node provider.ts PORT`. Whoever comes is let in; whom the
 * path of the user's address names, he is.
 */
import { createServer } from 'node:http';

const names: Readonly<Record<string, string>> = { '42': 'Octo Cat', '43': 'Ada' };

createServer((request, response) => {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://provider.test');
  const tell = (value: unknown) =>
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(value));
  switch (pathname.split('/')[1]) {
    case 'authorize': {
      const back = new URL(searchParams.get('redirect_uri') ?? '');
      back.searchParams.set('code', 'code');
      back.searchParams.set('state', searchParams.get('state') ?? '');
      return void response.writeHead(302, { location: back.href }).end();
    }
    case 'token':
      return void tell({ access_token: 'token', token_type: 'bearer' });
    case 'user': {
      const id = pathname.split('/')[2] ?? '';
      return void tell({ id: Number(id), login: names[id] });
    }
    default:
      return void response.writeHead(404).end();
  }
}).listen(Number(process.argv[2]), '127.0.0.1', () => process.stdout.write('ready\n'));
