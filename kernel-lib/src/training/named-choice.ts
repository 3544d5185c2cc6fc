import { z } from 'zod';
import { suggestion } from '../core/nearest.ts';

/**
 * A strict object of options whose error for an unknown one names the nearest known one.
 *
 * @param where what has the options, for the messages, for example `optimizer adam`
 */
export function strictOptions<Shape extends z.core.$ZodLooseShape>(where: string, shape: Shape) {
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? (issue.keys as string[])
            .map((key) => `${where} has no option '${key}'. ${suggestion(key, Object.keys(shape))}`)
            .join('; ')
        : undefined,
  });
}

/** One thing that can be chosen: its name and its options. */
export function variant<Name extends string, Shape extends z.core.$ZodLooseShape>(
  what: string,
  name: Name,
  shape: Shape,
) {
  return strictOptions(`${what} ${name}`, { name: z.literal(name), ...shape });
}

/** Issues of zod in one line, each with its place. */
export function describeIssues(issues: readonly z.core.$ZodIssue[]): string {
  return issues
    .map(({ path, message }) => (path.length === 0 ? message : `${path.join('.')}: ${message}`))
    .join('; ');
}

type Variant = z.ZodObject<{ name: z.ZodLiteral<string> }, z.core.$strict>;

/**
 * A schema of things chosen by name, each with its own options: `adam` or
 * `{ name: 'adam', beta1: 0.8 }`; the parsed value always has all options. An error names the
 * nearest name or option.
 *
 * @param what what is chosen, for the messages, for example `optimizer`
 */
export function namedChoice<Variants extends readonly [Variant, ...Variant[]]>(
  what: string,
  variants: Variants,
) {
  const names: string[] = variants.map((each) => each.shape.name.value);
  const full = z.discriminatedUnion('name', variants);
  const choice = z.union([z.enum(names as [string, ...string[]]), full], {
    error: (issue) => {
      const { input } = issue;
      const name =
        typeof input === 'string' ? input : (input as { name?: unknown } | undefined)?.name;
      if (typeof name !== 'string') return `expected a ${what} name: ${names.join(', ')}`;
      if (!names.includes(name)) return `unknown ${what} '${name}'. ${suggestion(name, names)}`;
      const inner = (issue.errors as z.core.$ZodIssue[][] | undefined)?.at(-1) ?? [];
      return describeIssues(inner);
    },
  });
  return choice.transform((value, context) => {
    if (typeof value !== 'string') return value;
    const parsed = full.safeParse({ name: value });
    if (parsed.success) return parsed.data;
    for (const { path, message } of parsed.error.issues) {
      context.addIssue({
        code: 'custom',
        path: [...path],
        message: `${what} ${value}: ${message}`,
      });
    }
    return z.NEVER;
  }) as unknown as z.ZodType<
    z.output<Variants[number]>,
    z.input<Variants[number]> | BareNameOf<Variants[number]>
  >;
}

/** The names whose options all have a default, so that the name alone is enough. */
type BareNameOf<V> = V extends Variant
  ? { name: z.output<V>['name'] } extends z.input<V>
    ? z.output<V>['name']
    : never
  : never;
