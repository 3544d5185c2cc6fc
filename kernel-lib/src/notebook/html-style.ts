/** The style sheet of an exported notebook: one column of text, light and dark, good to print. */
export const PAGE_STYLE = `
:root {
  color-scheme: light dark;
  --page: #ffffff; --text: #1f2328; --muted: #5d6670; --line: #d9dee3; --code: #f6f7f9;
  --accent: #20639b; --warning: #fff8e6; --warning-line: #d9a400;
  --comment: #667078; --string: #1a6b3a; --number: #9a4a00; --keyword: #7a2e9d; --type: #0b6470; --function: #1d4fa8;
  --red: #b3261e; --green: #1a6b3a; --yellow: #7a5c00; --blue: #1d4fa8; --magenta: #8b2f8f; --cyan: #0b6470;
}
@media (prefers-color-scheme: dark) {
  :root {
    --page: #16191d; --text: #e2e6ea; --muted: #9aa5b0; --line: #343b43; --code: #1f2429;
    --accent: #79b8f0; --warning: #2b2617; --warning-line: #b08a1e;
    --comment: #8d98a3; --string: #8fd19e; --number: #f0a868; --keyword: #d3a4ee; --type: #7fd0d8; --function: #8fbaf5;
    --red: #ff8a80; --green: #8fd19e; --yellow: #e6c35c; --blue: #8fbaf5; --magenta: #e3a1e6; --cyan: #7fd0d8;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--page); color: var(--text);
  font: 16px/1.6 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", "Liberation Sans", Arial, sans-serif;
}
.layout { max-width: 58rem; margin: 0 auto; padding: 2.5rem 1.5rem 4rem; }
h1, h2, h3, h4 { line-height: 1.25; margin: 2.2em 0 .6em; font-weight: 650; }
h1 { font-size: 2rem; margin-top: 0; letter-spacing: -.01em; }
h2 { font-size: 1.45rem; padding-bottom: .25em; border-bottom: 1px solid var(--line); }
h3 { font-size: 1.15rem; }
p, ul, ol { margin: .7em 0; } li > ul, li > ol { margin: .1em 0; }
a { color: var(--accent); text-underline-offset: .15em; }
blockquote { margin: 1em 0; padding: .1em 1em; border-left: 3px solid var(--line); color: var(--muted); }
img { max-width: 100%; height: auto; }
hr { border: 0; border-top: 1px solid var(--line); margin: 2em 0; }
code, pre, .code { font-family: ui-monospace, SFMono-Regular, "Cascadia Mono", Menlo, Consolas, "DejaVu Sans Mono", "Liberation Mono", monospace; }
code { font-size: .88em; background: var(--code); padding: .1em .35em; border-radius: 4px; }
pre { font-size: .82rem; line-height: 1.5; margin: 0; overflow-x: auto; white-space: pre; tab-size: 2; }
pre.code { background: var(--code); border: 1px solid var(--line); border-radius: 6px; padding: .75em 1em; margin: 1em 0; }
.cell { margin: 1.1em 0; }
.cell pre.code { margin: 0; }
.label { display: flex; justify-content: space-between; color: var(--muted); font-size: .72rem; margin: 0 .1rem .2rem; font-variant-numeric: tabular-nums; }
.outputs { margin: .6em 0 0; padding-left: 1rem; border-left: 3px solid var(--line); }
.output { margin: .5em 0; overflow-x: auto; }
.output pre { white-space: pre-wrap; overflow-wrap: anywhere; }
.stream pre { max-height: 32em; overflow: auto; }
.stderr { background: var(--warning); border-left: 3px solid var(--warning-line); padding: .4em .8em; border-radius: 0 4px 4px 0; }
/* Figures are drawn for white paper, whatever the page's colours. */
img.figure { display: block; background: #fff; border-radius: 4px; padding: 4px; }
table { border-collapse: collapse; margin: .8em 0; font-size: .88rem; line-height: 1.45; }
caption { text-align: left; font-weight: 600; padding: .3em 0; }
th, td { padding: .3em .8em; border-bottom: 1px solid var(--line); text-align: left; vertical-align: top; }
[align=right] { text-align: right; } [align=center] { text-align: center; }
thead th { border-bottom: 2px solid var(--line); font-weight: 600; }
tbody tr:last-child > * { border-bottom: 1px solid var(--line); }
tfoot td { border: 0; color: var(--muted); font-size: .8rem; }
nav.contents { font-size: .86rem; line-height: 1.4; border: 1px solid var(--line); border-radius: 6px; padding: .8em 1.2em; margin: 0 0 2.5em; }
nav.contents strong { display: block; font-size: .72rem; letter-spacing: .06em; text-transform: uppercase; color: var(--muted); margin-bottom: .5em; }
nav.contents ol { list-style: none; margin: 0; padding: 0; }
nav.contents li { margin: .3em 0; }
nav.contents .level-3 { padding-left: 1.1em; font-size: .95em; }
nav.contents a { color: inherit; text-decoration: none; }
nav.contents a:hover { color: var(--accent); text-decoration: underline; }
.tok-comment { color: var(--comment); font-style: italic; } .tok-string { color: var(--string); }
.tok-number, .tok-constant { color: var(--number); } .tok-keyword { color: var(--keyword); }
.tok-type { color: var(--type); } .tok-function { color: var(--function); }
.ansi-red { color: var(--red); } .ansi-green { color: var(--green); } .ansi-yellow { color: var(--yellow); }
.ansi-blue { color: var(--blue); } .ansi-magenta { color: var(--magenta); } .ansi-cyan { color: var(--cyan); }
.ansi-black, .ansi-white { color: var(--muted); } .ansi-bold { font-weight: 700; } .ansi-dim { opacity: .7; }
.ansi-italic { font-style: italic; } .ansi-underline { text-decoration: underline; }
@media (min-width: 84rem) {
  .layout { max-width: 78rem; display: grid; grid-template-columns: 15rem minmax(0, 56rem); column-gap: 4rem; }
  nav.contents { position: sticky; top: 2rem; align-self: start; max-height: calc(100vh - 4rem); overflow-y: auto; border: 0; padding: 0; margin: 0; }
}
@media print {
  :root { --page: #fff; --text: #000; --muted: #444; --line: #bbb; --code: #f6f6f6; color-scheme: light; }
  body { font-size: 10pt; } .layout { display: block; max-width: none; padding: 0; }
  nav.contents { position: static; max-height: none; break-after: page; }
  pre, .stream pre { white-space: pre-wrap; max-height: none; overflow: visible; }
  h1, h2, h3, .label { break-after: avoid; } img.figure, tr { break-inside: avoid; }
}
`;
