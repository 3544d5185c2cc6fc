import { vegaChart, type ChartSpecification, type VegaChart } from '../../webviews/vega-chart.ts';

/** The part of an output that VS Code gives to a renderer. */
interface OutputItem {
  readonly id: string;
  json(): unknown;
}

function showMessage(element: HTMLElement, text: string): void {
  const message = document.createElement('p');
  message.setAttribute('role', 'alert');
  message.textContent = text;
  element.replaceChildren(message);
}

/** Called by VS Code for the first Vega-Lite output of a notebook. */
export function activate(): {
  renderOutputItem(item: OutputItem, element: HTMLElement): Promise<void>;
  disposeOutputItem(id?: string): void;
} {
  const charts = new Map<string, VegaChart>();
  const dispose = (id: string): void => {
    charts.get(id)?.dispose();
    charts.delete(id);
  };
  return {
    async renderOutputItem(item, element) {
      dispose(item.id);
      element.replaceChildren();
      let specification: unknown;
      try {
        specification = item.json();
      } catch {
        showMessage(element, 'This chart cannot be drawn: its specification is no JSON.');
        return;
      }
      if (typeof specification !== 'object' || specification === null) {
        showMessage(element, 'This chart cannot be drawn: its specification is no object.');
        return;
      }
      const chart = vegaChart(element, specification as ChartSpecification);
      charts.set(item.id, chart);
      await chart.drawn;
    },
    disposeOutputItem(id) {
      if (id === undefined) for (const each of [...charts.keys()]) dispose(each);
      else dispose(id);
    },
  };
}
