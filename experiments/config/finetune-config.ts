/**
 * The configuration of a fine-tuning: the preset, then the pre-trained network's own model (its cutoff, its form, its
 * sizes), then what the user says.
 */
import { checkpointOf } from '../run/checkpoint.ts';
import { finetunePreset } from './presets.ts';
import { merged, parseConfig, type Tree } from './resolve.ts';
import { type FinetuneConfig, finetuneSchema, modelSchema, type Preset } from './schema.ts';

export function finetuneConfig(preset: Preset, over: Tree): FinetuneConfig {
  const template = finetunePreset(preset);
  const { from } = over;
  let base: Tree = template;
  if (typeof from === 'string') {
    const { about, path } = checkpointOf(from);
    // Weights of somebody else say nothing of their model: then the preset's is tried, and transfer tells what fits.
    if (about) base = merged(template, { model: parseConfig(modelSchema, { ...about.model }, { ...template.model }) });
    else console.log(`${path}: says nothing of its model; the preset's is used`);
  }
  return parseConfig(finetuneSchema, merged(base, over), template);
}
