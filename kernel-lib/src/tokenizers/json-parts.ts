import { InputError } from '../core/errors.ts';

/** An object of a JSON file, before its keys are checked. */
export type JsonObject = Readonly<Record<string, unknown>>;

function wrong(value: unknown, where: string, expected: string): InputError {
  const text = JSON.stringify(value) as string | undefined;
  const found = text === undefined ? 'nothing' : text.slice(0, 80);
  return new InputError({ where, found, expected });
}

/** @throws InputError for what is no object */
export function requireObject(value: unknown, where: string): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as JsonObject;
  }
  throw wrong(value, where, 'an object');
}

/** @throws InputError for what is no list */
export function requireList(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value as readonly unknown[];
  throw wrong(value, where, 'a list');
}

/** @throws InputError for what is no text */
export function requireText(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw wrong(value, where, 'a text');
}

/** A key that is true, false or not there. @throws InputError for anything else */
export function optionalFlag(object: JsonObject, key: string, where: string): boolean {
  const value = object[key];
  if (value === undefined || value === null) return false;
  if (typeof value === 'boolean') return value;
  throw wrong(value, `${where}, ${key}`, 'true or false');
}

/**
 * The first key that stands twice in one object of a JSON text, which JSON.parse passes over;
 * undefined where none does. The text must be valid JSON.
 */
export function repeatedKey(text: string): string | undefined {
  // For each open bracket the keys so far; none for lists.
  const open: (Set<string> | undefined)[] = [];
  let expectsKey = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code === 34) {
      const begin = i++;
      while (i < text.length && text.charCodeAt(i) !== 34) i += text.charCodeAt(i) === 92 ? 2 : 1;
      const keys = open.at(-1);
      if (expectsKey && keys !== undefined) {
        const key = JSON.parse(text.slice(begin, i + 1)) as string;
        if (keys.has(key)) return key;
        keys.add(key);
        expectsKey = false;
      }
    } else if (code === 123) {
      open.push(new Set());
      expectsKey = true;
    } else if (code === 91) {
      open.push(undefined);
      expectsKey = false;
    } else if (code === 125 || code === 93) {
      open.pop();
      expectsKey = false;
    } else if (code === 44) expectsKey = open.at(-1) !== undefined;
  }
  return undefined;
}
