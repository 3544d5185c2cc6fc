/** The page docs/run-modes.md of the JSON Schema of run configs. */
export function runModesMarkdown(schema: object): Promise<string>;
