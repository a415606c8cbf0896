/** Text of others with its headings, lists and tables. It becomes elements of ours and never HTML: there is nothing to be cleaned. */
import { createElement, Fragment, type ReactNode } from 'react';
import { lexer, type Token, type Tokens } from 'marked';
import { scrollable } from '../../ui/scrollable.ts';
import { linkOf } from './links.ts';
import styles from './markdown.module.css';

/** Markdown as GitHub has it. Pictures are named and not shown; HTML in it is shown as it is written. */
export default function Markdown({ text }: { readonly text: string }) {
  return <div className={styles.text}>{shown(lexer(text))}</div>;
}

const shown = (tokens: readonly Token[] | undefined): ReactNode[] =>
  (tokens ?? []).map((token, index) => <Fragment key={index}>{show(token)}</Fragment>);

/** The page has its own first heading. */
const headingOf = (depth: number) => `h${Math.min(depth + 1, 6)}`;

function show(token: Token): ReactNode {
  const inner = () => shown('tokens' in token ? token.tokens : undefined);
  switch (token.type) {
    case 'heading':
      return createElement(headingOf((token as Tokens.Heading).depth), {}, ...inner());
    case 'paragraph':
      return <p>{inner()}</p>;
    case 'blockquote':
      return <blockquote>{inner()}</blockquote>;
    case 'code':
      return (
        <pre {...scrollable}>
          <code>{(token as Tokens.Code).text}</code>
        </pre>
      );
    case 'list':
      return <List list={token as Tokens.List} />;
    case 'table':
      return <Table table={token as Tokens.Table} />;
    case 'hr':
      return <hr />;
    case 'strong':
      return <strong>{inner()}</strong>;
    case 'em':
      return <em>{inner()}</em>;
    case 'del':
      return <del>{inner()}</del>;
    case 'codespan':
      return <code>{(token as Tokens.Codespan).text}</code>;
    case 'br':
      return <br />;
    case 'link':
      return <Anchor href={(token as Tokens.Link).href}>{inner()}</Anchor>;
    case 'image':
      return <span className={styles.picture}>{(token as Tokens.Image).text}</span>;
    case 'space':
    case 'def':
      return null;
    case 'text':
    case 'escape':
      return 'tokens' in token && token.tokens ? inner() : (token as Tokens.Text).text;
    default:
      return token.raw;
  }
}

function List({ list: { ordered, start, items } }: { readonly list: Tokens.List }) {
  const rows = items.map((item, index) => (
    <li key={index}>
      {item.task && <input type="checkbox" checked={item.checked === true} disabled readOnly />}
      {shown(item.tokens.filter(({ type }) => type !== 'checkbox'))}
    </li>
  ));
  return ordered ? <ol start={start === '' ? 1 : start}>{rows}</ol> : <ul>{rows}</ul>;
}

function Table({ table: { header, rows } }: { readonly table: Tokens.Table }) {
  return (
    <div className={styles.scroll} {...scrollable}>
      <table>
        <thead>
          <tr>
            {header.map((cell, index) => (
              <th key={index} scope="col">
                {shown(cell.tokens)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((cells, row) => (
            <tr key={row}>
              {cells.map((cell, index) => (
                <td key={index}>{shown(cell.tokens)}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function Anchor({ href, children }: { readonly href: string; readonly children: ReactNode }) {
  const target = linkOf(href);
  if (target === undefined) return children;
  return (
    <a href={target} target="_blank" rel="noreferrer noopener">
      {children}
    </a>
  );
}
