/** Letters of a text from a file that are shown at most. */
const LONGEST = 300;

/** A text from a file as Markdown shows it letter by letter: no link, image, HTML or command in it. */
export function markdownText(text: string): string {
  const cut = text.length > LONGEST ? `${text.slice(0, LONGEST)}…` : text;
  return cut
    .replace(/\s+/g, ' ')
    .replace(/[\\`*_{}[\]()#+\-.!|~<>&$:@/"'=^]/g, (sign) => `&#${String(sign.charCodeAt(0))};`);
}
