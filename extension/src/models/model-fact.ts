/** A line of the overview. */
export type ModelFact = readonly [label: string, value: string];
