/* eslint-disable @typescript-eslint/no-unused-vars, @typescript-eslint/no-empty-object-type -- names and parameters are those of zod */
/**
 * Stands in for the types of zod in the published declarations. A notebook cell that imports the
 * library is checked with all types that it reaches, and zod's own are 95 files. These say the same of
 * a schema: what it gives, what it takes, `parse` and `safeParse`. A schema of zod itself can be
 * given wherever one of these is expected.
 */
export interface ZodType<Output = unknown, Input = unknown, Internals = unknown> {
  readonly _zod: { readonly output: Output; readonly input: Input };
  parse(value: unknown): Output;
  safeParse(value: unknown): z.SafeParseResult<Output>;
}

export declare namespace z {
  /** What `safeParse` gives. */
  type SafeParseResult<Output> =
    | { success: true; data: Output; error?: undefined }
    | { success: false; data?: undefined; error: SchemaError };

  /** What is wrong with a value. */
  interface SchemaError extends Error {
    issues: { readonly path: PropertyKey[]; readonly message: string }[];
  }

  interface ZodType<Output = unknown, Input = unknown, Internals = unknown> {
    readonly _zod: { readonly output: Output; readonly input: Input };
    parse(value: unknown): Output;
    safeParse(value: unknown): SafeParseResult<Output>;
  }

  type output<Schema> = Schema extends { _zod: { output: infer Output } } ? Output : never;
  type input<Schema> = Schema extends { _zod: { input: infer Input } } ? Input : never;
  type infer<Schema> = output<Schema>;

  namespace core {
    interface $strict {}
    interface $strip {}
    interface $ZodTypeInternals<Output = unknown, Input = unknown> {
      output: Output;
      input: Input;
    }
  }

  /** A key that may be missing in what an object schema takes, and in what it gives. */
  interface MayBeMissing {
    _zod: { optin: 'optional' };
  }
  interface MayStayMissing {
    _zod: { optout: 'optional' };
  }
  type Flat<T> = { [Key in keyof T]: T[Key] } & {};
  type ObjectOutput<Shape> = Flat<
    {
      -readonly [Key in keyof Shape as Shape[Key] extends MayStayMissing ? never : Key]: output<
        Shape[Key]
      >;
    } & {
      -readonly [Key in keyof Shape as Shape[Key] extends MayStayMissing ? Key : never]?: output<
        Shape[Key]
      >;
    }
  >;
  type ObjectInput<Shape> = Flat<
    {
      -readonly [Key in keyof Shape as Shape[Key] extends MayBeMissing ? never : Key]: input<
        Shape[Key]
      >;
    } & {
      -readonly [Key in keyof Shape as Shape[Key] extends MayBeMissing ? Key : never]?: input<
        Shape[Key]
      >;
    }
  >;

  interface ZodObject<Shape, Config = core.$strip> extends ZodType<
    ObjectOutput<Shape>,
    ObjectInput<Shape>
  > {
    readonly shape: Shape;
  }
  interface ZodString extends ZodType<string, string> {}
  interface ZodNumber extends ZodType<number, number> {}
  interface ZodInt extends ZodType<number, number> {}
  interface ZodBoolean extends ZodType<boolean, boolean> {}
  interface ZodUnknown extends ZodType<unknown, unknown> {
    readonly _zod: { readonly output: unknown; readonly input: unknown };
  }
  interface ZodEnum<Entries> extends ZodType<Entries[keyof Entries], Entries[keyof Entries]> {}
  interface ZodLiteral<Value> extends ZodType<Value, Value> {}
  interface ZodArray<Element> extends ZodType<output<Element>[], input<Element>[]> {}
  interface ZodTuple<Items extends readonly unknown[], Rest = null> extends ZodType<
    { -readonly [Key in keyof Items]: output<Items[Key]> },
    { -readonly [Key in keyof Items]: input<Items[Key]> }
  > {}
  interface ZodRecord<Key, Value> extends ZodType<
    Record<output<Key> & PropertyKey, output<Value>>,
    Record<input<Key> & PropertyKey, input<Value>>
  > {}
  interface ZodUnion<Options extends readonly unknown[]> extends ZodType<
    output<Options[number]>,
    input<Options[number]>
  > {}
  interface ZodDiscriminatedUnion<Options extends readonly unknown[], Key> extends ZodType<
    output<Options[number]>,
    input<Options[number]>
  > {}
  interface ZodOptional<Inner> extends ZodType<
    output<Inner> | undefined,
    input<Inner> | undefined
  > {
    readonly _zod: {
      readonly output: output<Inner> | undefined;
      readonly input: input<Inner> | undefined;
      readonly optin: 'optional';
      readonly optout: 'optional';
    };
  }
  interface ZodDefault<Inner> extends ZodType<
    Exclude<output<Inner>, undefined>,
    input<Inner> | undefined
  > {
    readonly _zod: {
      readonly output: Exclude<output<Inner>, undefined>;
      readonly input: input<Inner> | undefined;
      readonly optin: 'optional';
    };
  }
  interface ZodPrefault<Inner> extends ZodType<output<Inner>, input<Inner> | undefined> {
    readonly _zod: {
      readonly output: output<Inner>;
      readonly input: input<Inner> | undefined;
      readonly optin: 'optional';
    };
  }
}
