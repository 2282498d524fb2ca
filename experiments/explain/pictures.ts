/** A data set as histograms: its labels, its sizes, its neighbours, and how close atoms are. */
import { histogramPanel } from '../../plots/histogram.ts';
import { arrange } from '../../plots/panel.ts';
import type { Facts, Quantity } from './facts.ts';

const known = ({ values }: Quantity): number[] => values.filter((x) => x !== undefined);

/** Sizes that span more than two powers of ten are told apart on a logarithmic axis only. */
function wide({ spread }: Quantity): boolean {
  return spread !== undefined && spread.low > 0 && spread.max > 100 * spread.low;
}

export function histograms(facts: Facts): SVGSVGElement {
  const { labels, property, atoms, shortest, rule, degrees } = facts;
  const ofStructures = (one: Quantity) =>
    histogramPanel(known(one), {
      counted: 'structures',
      quantity: one.name,
      unit: one.unit,
      scale: wide(one) ? 'log' : 'linear',
    });
  const panels = [...(property ? [property] : []), ...labels, atoms, ...(shortest.spread ? [shortest] : [])].map(
    ofStructures,
  );
  panels.push(histogramPanel(degrees, { counted: 'atoms', quantity: `neighbours within ${rule.cutoff} Å`, unit: '' }));
  return arrange(panels, { title: `${facts.name}: ${facts.structures.length} structures`, columns: 2 });
}
