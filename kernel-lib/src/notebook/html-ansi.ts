import { escapeHtml } from '../core/escape-html.ts';

const COLOURS = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** Escape sequences of terminals; those that set colours (`…m`) have their codes in the group. */
const SEQUENCE =
  // eslint-disable-next-line no-control-regex -- the terminal's own codes
  /\x1b(?:\[([\d;]*)m|\[[\d;?]*[A-Za-ln-z]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_])/g;

/** Text with terminal colours as HTML with classes `ansi-…`; other escape sequences are dropped. */
export function ansiToHtml(text: string): string {
  let html = '';
  let position = 0;
  let state: AnsiState = {};
  for (const match of text.matchAll(SEQUENCE)) {
    html += styled(state, text.slice(position, match.index));
    position = match.index + match[0].length;
    if (match[1] !== undefined) state = nextState(state, match[1]);
  }
  return html + styled(state, text.slice(position));
}

interface AnsiState {
  readonly colour?: string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
}

function nextState(old: AnsiState, codes: string): AnsiState {
  let state = old;
  const numbers = codes.split(';').map(Number);
  for (let i = 0; i < numbers.length; i++) {
    const code = numbers[i] ?? 0;
    if (code === 0) state = {};
    else if (code === 1) state = { ...state, bold: true };
    else if (code === 2) state = { ...state, dim: true };
    else if (code === 3) state = { ...state, italic: true };
    else if (code === 4) state = { ...state, underline: true };
    else if (code === 22) state = { ...state, bold: false, dim: false };
    else if (code === 23) state = { ...state, italic: false };
    else if (code === 24) state = { ...state, underline: false };
    else if (code === 39) state = { ...state, colour: undefined };
    else if (code === 38 || code === 48) i += numbers[i + 1] === 5 ? 2 : 4;
    else {
      const colour = code >= 90 ? COLOURS[code - 90] : COLOURS[code - 30];
      if (colour !== undefined) state = { ...state, colour };
    }
  }
  return state;
}

function styled(state: AnsiState, text: string): string {
  if (text === '') return '';
  const { colour, bold, dim, italic, underline } = state;
  const classes = [
    colour === undefined ? '' : `ansi-${colour}`,
    bold ? 'ansi-bold' : '',
    dim ? 'ansi-dim' : '',
    italic ? 'ansi-italic' : '',
    underline ? 'ansi-underline' : '',
  ].filter((name) => name !== '');
  const escaped = escapeHtml(text);
  return classes.length === 0 ? escaped : `<span class="${classes.join(' ')}">${escaped}</span>`;
}
