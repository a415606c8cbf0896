/** CodeMirror for YAML. Loaded when somebody opens it: see YamlEditor. */
import { useEffect, useRef } from 'react';
import { defaultKeymap, history, historyKeymap, indentWithTab } from '@codemirror/commands';
import { yaml } from '@codemirror/lang-yaml';
import { bracketMatching, foldGutter, foldKeymap, indentUnit, syntaxHighlighting } from '@codemirror/language';
import { lintGutter, setDiagnostics } from '@codemirror/lint';
import { unifiedMergeView } from '@codemirror/merge';
import { highlightSelectionMatches, openSearchPanel, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { styleNonce } from '../../ui/nonce.ts';
import type { Mark } from './documents.ts';
import { colours, look } from './look.ts';

export interface EditorProps {
  /** For screen readers. */
  readonly label: string;
  readonly value: string;
  readonly onChange?: (value: string) => void;
  readonly readOnly?: boolean;
  readonly marks?: readonly Mark[];
  /** Shows what is different from this. */
  readonly against?: string;
}

const base: readonly Extension[] = [
  lineNumbers(),
  foldGutter(),
  history(),
  drawSelection(),
  bracketMatching(),
  indentUnit.of('  '),
  yaml(),
  syntaxHighlighting(colours),
  search({ top: true }),
  highlightSelectionMatches(),
  look,
];

/** Escape leaves the field, so that the keyboard can go on: Tab indents. */
const keys = keymap.of([
  ...defaultKeymap,
  ...historyKeymap,
  ...foldKeymap,
  ...searchKeymap,
  { key: 'Mod-f', run: openSearchPanel },
  indentWithTab,
]);

export default function Editor({ label, value, onChange, readOnly = false, marks = [], against }: EditorProps) {
  const place = useRef<HTMLDivElement>(null);
  const view = useRef<EditorView>(undefined);
  const tell = useRef(onChange);
  tell.current = onChange;
  const initial = useRef(value);
  initial.current = value;
  useEffect(() => {
    const editor = new EditorView({
      parent: place.current!,
      state: EditorState.create({
        doc: initial.current,
        extensions: [
          EditorView.cspNonce.of(styleNonce()),
          ...base,
          ...(readOnly
            ? [EditorState.readOnly.of(true)]
            : [lintGutter(), highlightActiveLine(), highlightActiveLineGutter()]),
          keys,
          EditorView.contentAttributes.of({ 'aria-label': label, spellcheck: 'false', tabindex: '0' }),
          ...(against === undefined
            ? []
            : [unifiedMergeView({ original: against, mergeControls: false, collapseUnchanged: { margin: 3 } })]),
          EditorView.updateListener.of(update => {
            if (update.docChanged) tell.current?.(update.state.doc.toString());
          }),
        ],
      }),
    });
    view.current = editor;
    if (!readOnly) editor.focus();
    return () => editor.destroy();
  }, [label, readOnly, against]);
  // Changed from outside: somebody else's version, or another document.
  useEffect(() => {
    const editor = view.current;
    if (!editor || editor.state.doc.toString() === value) return;
    editor.dispatch({ changes: { from: 0, to: editor.state.doc.length, insert: value } });
  }, [value]);
  useEffect(() => {
    const editor = view.current;
    if (!editor) return;
    const { doc } = editor.state;
    const diagnostics = marks.map(({ line, message }) => {
      const { from, to, text } = doc.line(Math.min(Math.max(line, 1), doc.lines));
      return { from: from + (text.length - text.trimStart().length), to, severity: 'error' as const, message };
    });
    editor.dispatch(setDiagnostics(editor.state, diagnostics));
  }, [marks, against]);
  return <div ref={place} className="o-editor" />;
}
