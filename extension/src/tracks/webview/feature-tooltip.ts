import { element } from '../../webviews/element.ts';
import type { Feature } from '../track-types.ts';
import { formatBases, formatRegion, formatValue } from './format-text.ts';

/** What is told beside the pointer. */
export class FeatureTooltip {
  readonly #box = element('div', { class: 'tooltip', role: 'tooltip', hidden: true });

  constructor(parent: HTMLElement) {
    parent.append(this.#box);
  }

  showFeature(feature: Feature, chrom: string, x: number, y: number): void {
    const { name, start, end, strand, score, blocks, mate } = feature;
    const lines = [
      formatRegion({ chrom, start, end }),
      [
        formatBases(end - start),
        ...(strand === '.' ? [] : [`strand ${strand}`]),
        ...(blocks.length > 1 ? [`${String(blocks.length)} blocks`] : []),
      ].join(' · '),
      // JSON makes null of a score that is not there.
      ...(Number.isFinite(score) ? [`score ${formatValue(score)}`] : []),
      ...(mate === undefined ? [] : [`pair: ${formatRegion(mate)}`]),
    ];
    this.showText(name === '' ? lines : [name, ...lines], x, y);
  }

  /** Shows lines, the first one stronger. */
  showText(lines: readonly string[], x: number, y: number): void {
    this.#box.replaceChildren(
      ...lines.map((line, index) => element(index === 0 ? 'strong' : 'div', {}, line)),
    );
    this.#box.hidden = false;
    const { offsetWidth, offsetHeight } = this.#box;
    const left = Math.min(x + 12, window.innerWidth - offsetWidth - 4);
    const below = y + 16;
    const top = below + offsetHeight > window.innerHeight ? y - offsetHeight - 8 : below;
    this.#box.style.left = `${String(Math.max(4, left))}px`;
    this.#box.style.top = `${String(Math.max(4, top))}px`;
  }

  hide(): void {
    this.#box.hidden = true;
  }

  dispose(): void {
    this.#box.remove();
  }
}
