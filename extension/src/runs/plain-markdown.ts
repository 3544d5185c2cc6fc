/** Text as Markdown that says nothing but it: names are from files. */
export function plainText(text: string): string {
  return text.replace(/[\\`*_{}[\]()#+\-.!|<>&~$:@/]/g, '\\$&').replace(/\s+/g, ' ');
}
