import assert from 'node:assert/strict';
import { test } from 'node:test';
import { agentText } from './user-agent.ts';

const cases: [string | undefined, string][] = [
  ['Mozilla/5.0 (X11; Linux x86_64; rv:130.0) Gecko/20100101 Firefox/130.0', 'Firefox · Linux'],
  [
    'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/130.0.0.0 Safari/537.36 Edg/130.0',
    'Edge · Windows',
  ],
  [
    'Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15',
    'Safari · macOS',
  ],
  ['Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0.0.0 Mobile Safari/537.36', 'Chrome · Android'],
  ['kubectl/v1.34.1 (linux/amd64) kubernetes/abc', 'kubectl · Linux'],
  ['my-script/2', 'my-script'],
  [undefined, ''],
];
for (const [agent, expected] of cases)
  test(`${agent?.slice(0, 40)} is ${expected || 'nothing'}`, () => assert.equal(agentText(agent), expected));
