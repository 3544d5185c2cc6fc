/** A fenced block of a Markdown text. */
export interface CodeBlock {
  readonly language: string;
  readonly text: string;
}

/** The fenced code blocks of a Markdown text. */
export function codeBlocks(markdown: string): CodeBlock[] {
  const blocks: CodeBlock[] = [];
  for (const [, language = '', text = ''] of markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)) {
    blocks.push({ language, text });
  }
  return blocks;
}

/** The command lines of the `sh` blocks, each as its words; continued lines are joined. */
export function commandLines(markdown: string): string[][] {
  return codeBlocks(markdown)
    .filter(({ language }) => language === 'sh')
    .flatMap(({ text }) => text.replace(/\\\n/g, ' ').split('\n'))
    .map((line) => shellWords(line))
    .filter((words) => words.length > 0 && words[0]?.startsWith('#') === false);
}

/** Words of a command line; quotes as in a POSIX shell, no expansion. */
function shellWords(line: string): string[] {
  return [...line.matchAll(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g)].map(([word]) =>
    word.replace(/'([^']*)'|"([^"]*)"/g, (_, single?: string, double?: string) => {
      return single ?? double ?? '';
    }),
  );
}

/** Targets of links and images that are no addresses, without their anchors. */
export function relativeLinks(markdown: string): string[] {
  const withoutCode = markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...withoutCode.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target.replace(/#.*$/, ''))
    .filter((target) => target !== '' && !/^[a-z]+:/.test(target));
}
