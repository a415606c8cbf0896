/** Carries connections from a port or a socket file to another: `node relay.ts FROM TO`. A socket file is reached from every network namespace. */
import { connect, createServer } from 'node:net';

const place = (text: string): { port: number; host: string } | { path: string } =>
  /^\d+$/.test(text) ? { port: Number(text), host: '127.0.0.1' } : { path: text };

const [from = '', to = ''] = process.argv.slice(2);
createServer({ allowHalfOpen: true }, client => {
  const server = connect({ ...place(to), allowHalfOpen: true });
  client.pipe(server).pipe(client);
  client.on('error', () => server.destroy());
  server.on('error', () => client.destroy());
}).listen(place(from), () => process.stdout.write('ready\n'));
