import { equal, match } from 'node:assert/strict';
import { test } from 'node:test';
import type { ImportReport } from '@orrery/platform-server/import';
import { reportText } from './import.ts';

const report: ImportReport = {
  generation: '3.x',
  inPlace: false,
  dryRun: false,
  lines: [
    { kind: 'User', name: 'ann', verdict: 'as it is', why: '', action: 'create' },
    { kind: 'WorkspaceRole', name: 'demo/packer', verdict: 'changed', why: 'templates are renamed', action: 'update' },
    { kind: 'LimitRange', name: 'shop/shop', verdict: 'as it is', why: '', action: 'create' },
    { kind: 'User', name: 'bob', verdict: 'as it is', why: 'it is there already', action: 'none' },
    { kind: 'DevOpsProject', name: 'builds', verdict: 'not brought', why: 'there is no DevOps yet', action: 'none' },
  ],
  failures: [{ kind: 'LimitRange', name: 'shop/shop', why: 'no limits here' }],
};

test('a line for each object and for each refusal, in columns, and the sum of what was written', () => {
  equal(
    reportText(report),
    [
      'KIND            NAME          COMES         WHY',
      'User            ann           as it is',
      'WorkspaceRole   demo/packer   changed       templates are renamed',
      'LimitRange      shop/shop     as it is',
      'User            bob           as it is      it is there already',
      'DevOpsProject   builds        not brought   there is no DevOps yet',
      'LimitRange      shop/shop     refused       no limits here',
      '',
      '3 as they are, 1 changed, 1 not brought; 2 objects written',
      '',
    ].join('\n'),
  );
});

test('a dry run says that nothing was written', () =>
  match(reportText({ ...report, dryRun: true, failures: [] }), /; 3 objects would be written \(nothing was\)\n$/));

test('wide output tells what is done, or would be', () => {
  match(reportText(report, 'wide'), /^KIND +NAME +COMES +DONE +WHY\nUser +ann +as it is +create\n/);
  match(reportText({ ...report, dryRun: true }, 'wide'), /^KIND +NAME +COMES +WOULD +WHY\n/);
});

test('a report of nothing is its head and its sum', () =>
  equal(
    reportText({ ...report, lines: [], failures: [] }),
    'KIND   NAME   COMES   WHY\n\n0 as they are, 0 changed, 0 not brought; 0 objects written\n',
  ));
