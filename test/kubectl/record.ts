/**
 * `node test/kubectl/record.ts --record [chapter ...]` plays chapters with the newest kubectl and writes down what it printed, wherever that is
 * not what is expected yet; without `--record` it only shows it. What is written is a draft: each line has to be checked for being upstream's.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { clusterUnderTest } from '../conformance/support/cluster.ts';
import { readScript, expectation, type Chapter } from './support/script.ts';
import { openSession, play, type Session } from './support/session.ts';
import { expectedOf, type Minor, type Step } from './support/transcript.ts';
import { foundKubectls, type Kubectl } from './support/versions.ts';

const options = process.argv.slice(2).filter(word => word.startsWith('--'));
const names = process.argv.slice(2).filter(word => !word.startsWith('--'));
const writes = options.includes('--record');

/** What changes from run to run, in order, with its word. */
const changing: readonly (readonly [RegExp, string])[] = [
  [/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, '<uid>'],
  [/\d{4}-\d\d-\d\dT[0-9:.]+Z/g, '<time>'],
  [/[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} [0-9:]+ [+-]\d{4}/g, '<time>'],
  [/\b\d+\.\d+\.\d+\.\d+\b/g, '<ip>'],
  [/(simulated|containerd):\/\/[0-9a-f]{64}/g, '<any>'],
  [/sha256:[0-9a-f]{64}/g, '<any>'],
  [/\bvm(-\d)?\b/g, '<name>'],
  [/\b(site|database|web)-[a-z0-9]{8,10}\b(?!-)/g, '$1-<hash>'],
  [/kube-api-access-[a-z0-9]{5}\b/g, 'kube-api-access-<id>'],
  [/\b(site|web)-[a-z0-9]{7,10}-[a-z0-9]{5}\b/g, '$1-<hash>-<id>'],
  [/(resourceVersion"?: )"\d+"/g, '$1"<rv>"'],
  [/(?<=^| {2})\d+(s|m\d+s)(?= |$)/gm, '<age>'],
];

function inWords(text: string, known: Session['known']): string[] {
  let words = text.trimEnd();
  for (const [word, value] of Object.entries(known)) words = words.replaceAll(value, `<${word}>`);
  for (const [pattern, word] of changing) words = words.replaceAll(pattern, word);
  return words === '' ? [] : words.split('\n').map(line => line.trimEnd());
}

const marked = (mark: string, lines: readonly string[]): string[] => lines.map(line => (mark + line).trimEnd());

async function differenceOf(
  session: Session,
  step: Step,
  minor: Minor,
  chapter: Chapter,
): Promise<string[] | undefined> {
  const expected = expectation(chapter, step, minor, []) ?? expectedOf({ ...step, since: 0, until: 99 }, minor);
  if (!expected) return undefined;
  const { stdout, stderr, code, outcome } = await play(session, step.command, step.repeats && !writes, expected);
  if (stdout === expected.stdout && stderr === expected.stderr && code === expected.code) return undefined;
  return [
    ...marked('  ', inWords(outcome.stdout, session.known)),
    ...marked('! ', inWords(outcome.stderr, session.known)),
    ...(code === 0 ? [] : [`? ${code}`]),
  ];
}

/** The file with other lines below some of its commands. */
function rewritten(text: string, changes: ReadonlyMap<number, readonly string[]>): string {
  const result: string[] = [];
  let change: readonly string[] | undefined;
  for (const [index, line] of text.trimEnd().split('\n').entries()) {
    const begins = /^([$%#]|==) /.test(line);
    if (begins && change) result.push(...change, '');
    if (begins) change = undefined;
    if (!change || /^[>@] /.test(line)) result.push(line);
    change = changes.get(index + 1) ?? change;
  }
  return `${[...result, ...(change ?? [])].join('\n')}\n`;
}

async function playChapter(kubeconfig: string, kubectl: Kubectl, home: string, chapter: Chapter): Promise<void> {
  const session = await openSession(kubeconfig, kubectl, home);
  const changes = new Map<number, readonly string[]>();
  try {
    for (const step of chapter.steps) {
      if (step.since !== undefined && step.since > kubectl.minor) continue;
      if (step.until !== undefined && step.until < kubectl.minor) continue;
      const difference = await differenceOf(session, step, kubectl.minor, chapter);
      if (difference) changes.set(step.line, difference);
      if (!difference || writes) continue;
      const command = step.command.replaceAll('\n', '\n> ');
      process.stdout.write(`\n== ${chapter.name}\n# ${kubectl.version}\n$ ${command}\n${difference.join('\n')}\n`);
    }
  } finally {
    await session.close();
  }
  if (writes) writeFileSync(chapter.path, rewritten(readFileSync(chapter.path, 'utf8'), changes));
}

const wanted = options.find(option => option.startsWith('--minor='))?.replace('--minor=', '');
const kubectl = (await foundKubectls()).findLast(({ minor }) => wanted === undefined || minor === Number(wanted));
if (!kubectl) throw new Error('there is no such kubectl here');
const cluster = await clusterUnderTest();
const home = mkdtempSync(join(tmpdir(), 'orrery-kubectl-home-'));
try {
  const chapters = readScript().filter(({ name }) => names.length === 0 || names.includes(name));
  await Promise.all(chapters.map(chapter => playChapter(cluster.kubeconfig, kubectl, home, chapter)));
} finally {
  await cluster.remove();
  rmSync(home, { recursive: true, force: true });
}
