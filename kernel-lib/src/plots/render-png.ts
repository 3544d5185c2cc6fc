import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type * as resvgTypes from '@resvg/resvg-wasm';
import { EnvironmentError, UsageError } from '../core/errors.ts';
import { fontBytes, thisModuleFile } from './font-files.ts';

/** Options of PNG rendering. */
export interface PngOptions {
  /** Pixels of the PNG for each pixel of the figure; default 2 (about 200 dots an inch in print). */
  readonly scale?: number;
  /** Width of the PNG in pixels, instead of `scale`. */
  readonly width?: number;
}

type ResvgModule = typeof resvgTypes;

let resvgModule: Promise<ResvgModule> | undefined;

/** Compiles the renderer once a process. */
function loadResvg(): Promise<ResvgModule> {
  resvgModule ??= (async () => {
    const resvg = await import('@resvg/resvg-wasm');
    let wasm: Uint8Array;
    try {
      const file = createRequire(thisModuleFile()).resolve('@resvg/resvg-wasm/index_bg.wasm');
      wasm = new Uint8Array(readFileSync(file));
    } catch (cause) {
      throw new EnvironmentError(
        {
          where: 'PNG rendering',
          found: 'the WebAssembly file of @resvg/resvg-wasm is missing',
          fix: 'Install tatabox again, or save the figure as .svg.',
        },
        { cause },
      );
    }
    try {
      await resvg.initWasm(wasm);
    } catch (error) {
      // A second copy of this library in the process shares the renderer, which starts only once.
      if (!String(error).includes('Already initialized')) throw error;
    }
    return resvg;
  })();
  return resvgModule;
}

/**
 * Renders an SVG to PNG on a white background with the shipped font; needs no browser, no canvas
 * and no font of the system.
 *
 * @returns the bytes of the PNG file
 * @throws UsageError when `scale` or `width` is not a positive number or the SVG cannot be read
 * @example
 * const png = await renderPng(figure.svg, { scale: 3 });
 */
export async function renderPng(svg: string, options: PngOptions = {}): Promise<Uint8Array> {
  for (const name of ['scale', 'width'] as const) {
    const value = options[name];
    if (value !== undefined && !(Number.isFinite(value) && value > 0)) {
      throw new UsageError({
        where: `PNG option ${name}`,
        found: String(value),
        expected: 'a positive number',
      });
    }
  }
  const { Resvg } = await loadResvg();
  const fitTo =
    options.width === undefined
      ? ({ mode: 'zoom', value: options.scale ?? 2 } as const)
      : ({ mode: 'width', value: Math.round(options.width) } as const);
  let renderer: InstanceType<ResvgModule['Resvg']>;
  try {
    renderer = new Resvg(svg, {
      fitTo,
      background: '#ffffff',
      font: {
        fontBuffers: [fontBytes('regular'), fontBytes('bold')],
        defaultFontFamily: 'Arimo',
        sansSerifFamily: 'Arimo',
      },
    });
  } catch (cause) {
    throw new UsageError(
      { where: 'SVG', found: cause instanceof Error ? cause.message : String(cause) },
      { cause },
    );
  }
  try {
    const image = renderer.render();
    try {
      return image.asPng();
    } finally {
      image.free();
    }
  } finally {
    renderer.free();
  }
}
