/** The editor in the console's colours, which know light and dark. */
import { HighlightStyle } from '@codemirror/language';
import { EditorView } from '@codemirror/view';
import { tags } from '@lezer/highlight';

export const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--o-accent)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--o-good)' },
  { tag: [tags.number, tags.bool, tags.null, tags.keyword], color: 'var(--o-brass-text)' },
  { tag: [tags.comment, tags.meta, tags.separator], color: 'var(--o-muted)' },
]);

export const look = EditorView.theme({
  '&': { height: '100%', fontSize: '12.5px', color: 'var(--o-ink)', backgroundColor: 'var(--o-surface)' },
  '&.cm-focused': { outline: 'none' },
  '.cm-scroller': { fontFamily: 'var(--mantine-font-family-monospace)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--o-ink)', padding: '8px 0' },
  '.cm-cursor': { borderLeftColor: 'var(--o-ink)' },
  '.cm-gutters': {
    backgroundColor: 'var(--o-raised)',
    color: 'var(--o-muted)',
    border: 'none',
    borderRight: '1px solid var(--o-line)',
  },
  '.cm-activeLine, .cm-activeLineGutter': { backgroundColor: 'color-mix(in srgb, var(--o-brass) 8%, transparent)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'color-mix(in srgb, var(--o-brass) 32%, transparent)',
  },
  '.cm-panels': { backgroundColor: 'var(--o-raised)', color: 'var(--o-ink)', borderColor: 'var(--o-line)' },
  '.cm-textfield, .cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--o-surface)',
    color: 'var(--o-ink)',
    border: '1px solid var(--o-line-strong)',
    borderRadius: '4px',
  },
  '.cm-tooltip': {
    backgroundColor: 'var(--o-surface)',
    color: 'var(--o-ink)',
    border: '1px solid var(--o-line-strong)',
    borderRadius: '6px',
    overflow: 'hidden',
    maxWidth: '60ch',
  },
  '.cm-diagnostic-error': { borderLeftColor: 'var(--o-bad)' },
  '.cm-foldPlaceholder': { backgroundColor: 'var(--o-hover)', border: 'none', color: 'var(--o-muted)' },
  '.cm-deletedChunk': { backgroundColor: 'var(--o-bad-soft)' },
  '.cm-changedLine, .cm-insertedLine': { backgroundColor: 'var(--o-good-soft)' },
  '.cm-collapsedLines': { background: 'var(--o-raised)', color: 'var(--o-muted)' },
});
