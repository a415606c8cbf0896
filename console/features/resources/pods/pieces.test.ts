import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileName, isPath, pathIn, pieceBytes, piecesOf } from './pieces.ts';

test('the pieces of a file are all of it, once, in order', () => {
  for (const size of [1, pieceBytes - 1, pieceBytes, pieceBytes + 1, 3 * pieceBytes + 7]) {
    const pieces = piecesOf(size);
    assert.equal(pieces[0]?.offset, 0);
    assert.equal(pieces.at(-1)?.end, size);
    for (const [index, piece] of pieces.slice(1).entries()) assert.equal(piece.offset, pieces[index]?.end);
  }
});

test('an empty file is made, too', () => assert.deepEqual(piecesOf(0), [{ offset: 0, end: 0 }]));

test('a file goes into the folder that was named, and into no other', () => {
  assert.equal(pathIn('/tmp/', 'a.txt'), '/tmp/a.txt');
  assert.equal(pathIn('/', 'a.txt'), '/a.txt');
  assert.equal(pathIn('/tmp', '../../etc/passwd'), '/tmp/passwd');
});

test('paths are from the root on', () => {
  assert.equal(isPath('/tmp'), true);
  assert.equal(isPath('tmp'), false);
});

test('what comes down is called by its last name', () => {
  assert.equal(fileName('/var/log/', false), 'log.tar');
  assert.equal(fileName('/etc/hosts', true), 'hosts');
  assert.equal(fileName('/', false), 'root.tar');
});
