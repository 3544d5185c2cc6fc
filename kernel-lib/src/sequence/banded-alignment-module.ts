import { bandedAlignmentBase64 } from './banded-alignment.wasm.ts';

/** Functions of assembly/banded-alignment.ts, documented there; places are byte offsets. */
export interface BandedAlignmentExports {
  readonly memory: WebAssembly.Memory;
  alignBanded(
    query: number,
    rows: number,
    target: number,
    places: number,
    offset: number,
    halfWidth: number,
    match: number,
    mismatch: number,
    gapOpen: number,
    gapExtend: number,
    state: number,
    steps: number,
    result: number,
  ): number;
  stateSize(halfWidth: number): number;
}

let compiled: WebAssembly.Module | undefined;

/** The compiled kernel on a memory of its own. Compiled once, when it is first asked for. */
export function instantiateBandedAlignment(): BandedAlignmentExports {
  compiled ??= new WebAssembly.Module(Buffer.from(bandedAlignmentBase64, 'base64'));
  return new WebAssembly.Instance(compiled, {}).exports as unknown as BandedAlignmentExports;
}
