import { InputError } from './errors.ts';

/** Deeper nesting than any of our files has; code that walks it by recursion must not overflow. */
const DEEPEST = 500;

/** What messages say of text that is no JSON. */
export interface ParseJsonAdvice {
  /** What the text should be, for example `a notebook (.ipynb)`. */
  readonly expected: string;
  readonly fix?: string;
}

/** How deep lists and objects are nested at most. */
function nesting(text: string): number {
  let depth = 0;
  let deepest = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 91 || code === 123) deepest = Math.max(deepest, ++depth);
    else if (code === 93 || code === 125) depth--;
  }
  return deepest;
}

/**
 * JSON (RFC 8259) of a file that may come from elsewhere; a byte order mark is passed over.
 *
 * @param where the file that messages name
 * @throws InputError for what is no JSON, or is nested deeper than 500
 */
export function parseJson(text: string, where: string, advice: ParseJsonAdvice): unknown {
  const depth = nesting(text);
  if (depth > DEEPEST) {
    throw new InputError({
      where,
      found: `JSON nested ${depth.toLocaleString('en-US')} deep`,
      ...advice,
    });
  }
  try {
    return JSON.parse(text.replace(/^\uFEFF/, '')) as unknown;
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    // V8 quotes the text; a binary file would fill the message.
    const found = `no valid JSON (${reason.replace(/[^\x20-\x7e]+/g, '�').slice(0, 200)})`;
    throw new InputError({ where, found, ...advice }, { cause: error });
  }
}
