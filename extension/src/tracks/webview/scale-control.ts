import { element } from '../../webviews/element.ts';
import type { TrackSettings } from '../tracks-protocol.ts';

type Scale = TrackSettings['scale'];

/** Chooses the axis of a signal: what fits, or two numbers. */
export function scaleControl(
  scale: Scale,
  track: string,
  changed: (scale: Scale) => void,
): HTMLElement {
  const number = (label: string, value: number): HTMLInputElement =>
    element('input', {
      type: 'number',
      step: 'any',
      class: 'scale-number',
      value: String(value),
      title: label,
      hidden: scale === undefined,
      'aria-label': `${label} of the axis of ${track}`,
    });
  const low = number('Lowest value', scale?.[0] ?? 0);
  const high = number('Highest value', scale?.[1] ?? 1);
  const choice = element(
    'select',
    { 'aria-label': `Axis of ${track}`, title: 'Axis' },
    element('option', { value: 'auto', textContent: 'Autoscale' }),
    element('option', { value: 'fixed', textContent: 'Fixed axis' }),
  );
  choice.value = scale === undefined ? 'auto' : 'fixed';
  const tell = (): void => {
    if (choice.value === 'auto') {
      changed(undefined);
      return;
    }
    low.hidden = high.hidden = false;
    const [from, to] = [low.valueAsNumber, high.valueAsNumber];
    const isValid = Number.isFinite(from) && Number.isFinite(to) && from < to;
    high.setCustomValidity(isValid ? '' : 'The highest value must be above the lowest.');
    if (isValid) changed([from, to]);
    else high.reportValidity();
  };
  for (const input of [choice, low, high]) input.addEventListener('change', tell);
  return element('span', { class: 'scale' }, choice, low, high);
}
