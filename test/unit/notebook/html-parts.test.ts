import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ansiToHtml } from '../../../kernel-lib/src/notebook/html-ansi.ts';
import { highlightTypeScript } from '../../../kernel-lib/src/notebook/html-highlight.ts';
import { isHarmlessLink, sanitiseHtml } from '../../../kernel-lib/src/notebook/html-sanitise.ts';

/** The text of HTML that has only spans and the five escapes. */
function textOf(html: string): string {
  return html
    .replaceAll(/<\/?span[^>]*>/g, '')
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&amp;', '&');
}

function tokens(html: string): string[] {
  return [...html.matchAll(/<span class="tok-(\w+)">([^<]*)<\/span>/g)].map(
    ([, kind, text]) => `${kind} ${textOf(text ?? '')}`,
  );
}

describe('highlightTypeScript', () => {
  it('tells comments, strings, numbers, keywords, types and calls apart', () => {
    const source = `// note\nconst n: number = 1_000; const m = new Map<string, Track>(); tb.train(m, 'a\\'b');`;
    expect(tokens(highlightTypeScript(source))).toEqual([
      'comment // note',
      'keyword const',
      'type number',
      'number 1_000',
      'keyword const',
      'keyword new',
      'function Map',
      'type string',
      'type Track',
      'function train',
      "string 'a\\'b'",
    ]);
  });

  it('tells a division from a regular expression', () => {
    expect(tokens(highlightTypeScript('a / b / c'))).toEqual([]);
    expect(tokens(highlightTypeScript('x = /[/"]+/g.test(s)'))).toEqual([
      'string /[/"]+/g',
      'function test',
    ]);
    expect(tokens(highlightTypeScript('f(x) / 2'))).toEqual(['function f', 'number 2']);
  });

  it('looks into templates, also nested ones', () => {
    expect(tokens(highlightTypeScript('`a ${f({ b: `${1}` })} c`'))).toEqual([
      'string `a ${',
      'function f',
      'string `${',
      'number 1',
      'string }`',
      'string } c`',
    ]);
  });

  it('takes a member named as a keyword for a name', () => {
    expect(tokens(highlightTypeScript('promise.catch(x); a.default'))).toEqual(['function catch']);
  });

  it('never loses or changes a character', () => {
    const piece = fc.constantFrom(
      ...['`', '${', '}', '{', '/', '*', '//', '/*', '"', "'", '\\', '\n', 'if', 'a', '1.5e3', ' '],
      ...['<', '&', '(', ')', 'é', '😀'],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 30 }), (pieces) => {
        const source = pieces.join('');
        expect(textOf(highlightTypeScript(source))).toBe(source);
      }),
      { numRuns: 500 },
    );
  });
});

describe('ansiToHtml', () => {
  it('shows colours and drops the other codes of a terminal', () => {
    expect(ansiToHtml('\x1b[1;31mbad <x>\x1b[0m ok\x1b[2K\x1b]0;title\x07 \x1b[92mgood')).toBe(
      '<span class="ansi-red ansi-bold">bad &lt;x&gt;</span> ok <span class="ansi-green">good</span>',
    );
    expect(ansiToHtml('\x1b[38;5;12mindexed\x1b[39m \x1b[4mline\x1b[24m')).toBe(
      'indexed <span class="ansi-underline">line</span>',
    );
  });
});

describe('sanitiseHtml', () => {
  it('keeps tables, links, bars and pictures as they are', () => {
    for (const html of [
      '<table><caption style="text-align:left">A</caption><tr><th scope="col">a</th></tr></table>',
      '<a href="https://doi.org/10.1/x">paper</a>',
      '<a href="#training">up</a>',
      '<div role="status" aria-label="x" style="width:40%">40 %</div>',
      '<img src="data:image/png;base64,AAAA" alt="a &amp; b">',
    ]) {
      expect(sanitiseHtml(html)).toBe(html);
    }
  });

  it.each([
    ['<script>alert(1)</script>text', 'text'],
    ['<SCRIPT src=x>alert(1)', ''],
    ['<scr<script></script>ipt>alert(1)</script>', ''],
    ['<p onclick="alert(1)" ONLOAD=alert(1)>x</p>', '<p>x</p>'],
    ['<a href="javascript:alert(1)">x</a>', '<a>x</a>'],
    ['<a href="java&#10;script&colon;alert(1)">x</a>', '<a>x</a>'],
    ['<img src="https://example.org/spy.png" alt="x">', '<img alt="x">'],
    ['<div style="background:url(https://example.org/a)">x</div>', '<div>x</div>'],
    ['<iframe src="https://example.org"></iframe>after', 'after'],
    ['<link rel=stylesheet href=//example.org/a.css><b>x</b>', '<b>x</b>'],
    ['<img src="data:text/html,x" alt=">">', '<img alt="&gt;">'],
    ['a < b & c', 'a &lt; b & c'],
    ['<!-- comment --><b title="x>y">z</b>', '<b title="x&gt;y">z</b>'],
    [
      '<form action="/x"><input type="text" autofocus onfocus=alert(1)></form>',
      '<input type="checkbox" disabled>',
    ],
  ])('%s becomes %s', (html, clean) => {
    expect(sanitiseHtml(html)).toBe(clean);
  });

  it('makes drawings into pictures, in which nothing runs', () => {
    const html = sanitiseHtml(
      '<b>x</b><svg width="9" onload="alert(1)"><title>logo "A"</title><script>1</script></svg>',
    );
    expect(html).toMatch(/^<b>x<\/b><img class="figure" src="data:image\/svg\+xml,%3Csvg xmlns=/);
    expect(html).toContain('alt="logo &quot;A&quot;"');
    expect(html).not.toMatch(/<svg|<script/);
  });

  it('never lets a tag through that it does not know', () => {
    const piece = fc.constantFrom(
      ...['<', '>', '</', 'script', 'svg', 'img', ' src=', ' onerror=', 'x', '"', "'", '/', '<!--'],
      ...[
        '-->',
        '&lt;',
        'style',
        '=',
        ' ',
        '<script>',
        '</script>',
        '<svg>',
        '</svg>',
        '\uE0000\uE001',
      ],
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 20 }), (pieces) => {
        const html = sanitiseHtml(pieces.join(''));
        // Attribute values are taken out, for in them every text is harmless.
        const bare = html.replaceAll(/="[^"]*"/g, '');
        expect(bare).not.toMatch(/<(?!\/?(?:img|s|b)\b)/i);
        expect(bare).not.toMatch(/<[^>]*\son/i);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('isHarmlessLink', () => {
  it.each([
    ['other.ipynb#part', true],
    ['//example.org', true],
    ['mailto:a@b.c', true],
    ['a/b:c', true],
    ['vbscript:x', false],
    [' java\nscript:x', false],
    ['data:text/html,x', false],
  ])('%j %s', (link, harmless) => {
    expect(isHarmlessLink(link)).toBe(harmless);
  });
});
