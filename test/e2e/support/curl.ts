/** The platform asked from inside its network, as a script asks it. */
import type { Cluster } from './cluster.ts';

export interface Answer {
  readonly status: number;
  readonly text: string;
  readonly body: Record<string, unknown>;
}

export interface Script {
  /** Whose password it is, as a token. */
  logIn(user: string, password: string): Promise<string>;
  ask(token: string, method: string, path: string, body?: unknown): Promise<Answer>;
}

export function scriptOf({ inside }: Cluster, origin: string): Script {
  const run = async (path: string, ...args: string[]): Promise<Answer> => {
    const { code, stdout, stderr } = await inside('curl', '-sSk', '-w', '\n%{http_code}', ...args, `${origin}${path}`);
    if (code !== 0) throw new Error(`curl ${path} ended with ${code}: ${stderr}`);
    const end = stdout.lastIndexOf('\n');
    const text = stdout.slice(0, end);
    const body = (/^[{[]/.test(text) ? JSON.parse(text) : {}) as Record<string, unknown>;
    return { status: Number(stdout.slice(end)), text, body };
  };
  return {
    async logIn(username, password) {
      const client = { client_id: 'kubesphere', client_secret: 'kubesphere' };
      const form = new URLSearchParams({ grant_type: 'password', ...client, username, password });
      const { status, text, body } = await run('/oauth/token', '-d', form.toString());
      if (status !== 200) throw new Error(`${username} could not log in: ${status} ${text}`);
      return String(body['access_token']);
    },
    ask: (token, method, path, body) =>
      run(
        path,
        ...['-X', method, '-H', `Authorization: Bearer ${token}`],
        ...(body === undefined ? [] : ['-H', 'Content-Type: application/json', '-d', JSON.stringify(body)]),
      ),
  };
}
