import { useEffect, useRef, useState, type ReactNode } from 'react';
import { Button, Modal } from '@mantine/core';
import type { KubeObject } from '@orrery/machinery/meta';
import { problemOf } from '../../data/problems.ts';
import { useMessages } from '../../ui/locale.ts';
import { common } from '../../ui/messages.data.ts';
import { useClock } from '../../ui/time.ts';
import { complaintsOf, readDocuments, type Mark, type Written } from './documents.ts';
import { yamlMessages } from './messages.data.ts';
import { YamlEditor } from './YamlEditor.tsx';
import styles from './yaml.module.css';

export interface YamlDialogProps {
  readonly title: string;
  readonly description?: ReactNode;
  readonly text: string;
  readonly onText: (text: string) => void;
  readonly close: () => void;
  /** The word on the button. */
  readonly submit: string;
  /** Sends one object, or only tries to. Rejects with the server's answer. */
  readonly send: (object: KubeObject, dryRun: boolean) => Promise<unknown>;
  /** All are sent. */
  readonly onDone: (objects: readonly KubeObject[]) => void;
  /** True: the error is dealt with elsewhere. */
  readonly onError?: (error: unknown) => Promise<boolean>;
  /** Shows the difference from this. */
  readonly against?: string;
  readonly notice?: ReactNode;
  /** Beside the buttons. */
  readonly foot?: ReactNode;
}

/** The server is asked when writing pauses. */
const pauseMs = 700;

interface Verdict {
  readonly marks: readonly Mark[];
  readonly rest: readonly string[];
  /** Objects that the server would take. */
  readonly good?: number;
}
const noVerdict: Verdict = { marks: [], rest: [] };

/** Writing objects: what is wrong is said at its line, by the server itself, before anything is sent. */
export function YamlDialog(props: YamlDialogProps) {
  const { title, description, text, onText, close, submit, send, onDone, onError, against, notice, foot } = props;
  const t = useMessages(yamlMessages);
  const c = useMessages(common);
  const [verdict, setVerdict] = useState<Verdict>(noVerdict);
  const [pending, setPending] = useState(false);
  const touched = useRef(false);
  useCheck(text, touched, { send, onError }, setVerdict);
  const run = async () => {
    const written = readDocuments(text);
    if (written.marks.length > 0 || written.objects.length === 0)
      return setVerdict({
        marks: written.marks,
        rest: written.objects.length === 0 && written.marks.length === 0 ? [t('empty')] : [],
      });
    setPending(true);
    try {
      for (const [index, object] of written.objects.entries()) {
        try {
          await send(object, false);
        } catch (error) {
          setVerdict((await onError?.(error)) ? noVerdict : verdictOf(written, index, error));
          return;
        }
      }
      onDone(written.objects);
    } finally {
      setPending(false);
    }
  };
  return (
    <Modal
      opened
      onClose={close}
      title={title}
      closeButtonProps={{ 'aria-label': c('close') }}
      size="min(1080px, 94vw)"
      closeOnEscape={false}
    >
      <div className={styles.form}>
        {description && <p className={styles.note}>{description}</p>}
        {notice}
        <YamlEditor
          label={title}
          value={text}
          onChange={value => {
            touched.current = true;
            onText(value);
          }}
          marks={verdict.marks}
          against={against}
          height="min(56vh, 620px)"
        />
        <Said verdict={verdict} />
        <div className={styles.foot}>
          <div>{foot}</div>
          <Button variant="default" size="sm" onClick={close}>
            {c('cancel')}
          </Button>
          <Button size="sm" loading={pending} onClick={() => void run()}>
            {submit}
          </Button>
        </div>
      </div>
    </Modal>
  );
}

/** Tries what is written, when writing pauses. */
function useCheck(
  text: string,
  touched: { readonly current: boolean },
  server: Pick<YamlDialogProps, 'send' | 'onError'>,
  say: (verdict: Verdict) => void,
): void {
  const clock = useClock();
  const ask = useRef(server);
  ask.current = server;
  useEffect(() => {
    if (!touched.current) return;
    let over = false;
    const timer = clock.after(pauseMs, async () => {
      const written = readDocuments(text);
      if (written.marks.length > 0) return say({ marks: written.marks, rest: [] });
      const verdicts = await Promise.all(
        written.objects.map((object, index) =>
          ask.current.send(object, true).then(
            () => noVerdict,
            async (error: unknown) =>
              (await ask.current.onError?.(error)) ? noVerdict : verdictOf(written, index, error),
          ),
        ),
      );
      const marks = verdicts.flatMap(verdict => verdict.marks);
      const rest = verdicts.flatMap(verdict => verdict.rest);
      if (!over) say({ marks, rest, ...(marks.length + rest.length === 0 && { good: written.objects.length }) });
    });
    return () => {
      over = true;
      timer.cancel();
    };
  }, [text, clock, touched, say]);
}

function verdictOf(written: Written, index: number, error: unknown): Verdict {
  const complaints = complaintsOf(error);
  if (complaints.length === 0) return { marks: [], rest: [problemOf(error).message] };
  return {
    marks: complaints.map(({ field, message }) => ({
      line: written.lineOf(index, field),
      message: `${field}: ${message}`,
    })),
    rest: [],
  };
}

function Said({ verdict: { marks, rest, good } }: { readonly verdict: Verdict }) {
  const t = useMessages(yamlMessages);
  if (marks.length + rest.length > 0)
    return (
      <div role="alert">
        <ul className={styles.problems}>
          {marks.map(({ line, message }) => (
            <li key={`${line} ${message}`}>
              {t('line', { line })} {message}
            </li>
          ))}
          {rest.map(message => (
            <li key={message}>{message}</li>
          ))}
        </ul>
      </div>
    );
  return good ? (
    <p className={styles.good} role="status">
      {t('good', { count: good })}
    </p>
  ) : null;
}
