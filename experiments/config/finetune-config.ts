/**
 * The configuration of a fine-tuning: the preset, then the pre-trained network's own model (its cutoff, its form, its
 * sizes), then what the user says.
 */
import { UserError } from '../../files/errors.ts';
import type { FinetuneConfig, Preset } from '../../training/config.ts';
import { finetunePreset } from '../../training/presets.ts';
import { checkpointOf } from '../../training/run-folder/checkpoint.ts';
import { modelSchema } from './model-schema.ts';
import { architectureIn, merged, parseConfig, type Tree } from './resolve.ts';
import { finetuneSchema } from './schemas.ts';

export function finetuneConfig(preset: Preset, over: Tree): FinetuneConfig {
  const { from } = over;
  if (typeof from !== 'string') {
    const template = finetunePreset(preset, architectureIn(over));
    return parseConfig(finetuneSchema, merged(template, over), template);
  }
  const { about, path } = checkpointOf(from);
  // Weights of somebody else say nothing of their model: then the preset's is tried, and transfer tells what fits.
  if (!about) console.log(`${path}: says nothing of its model; the preset's is used`);
  if (
    about &&
    'model' in over &&
    architectureIn({ model: { architecture: about.model.architecture, ...(over.model as Tree) } }) !==
      about.model.architecture
  ) {
    throw new UserError(
      `${path}: is a ${about.model.architecture}, and another architecture is asked for (model.architecture). ` +
        'Weights go to a network of their own kind only: leave the architecture out, or take another checkpoint.',
    );
  }
  const template = finetunePreset(preset, about ? about.model.architecture : architectureIn(over));
  const model = about ? parseConfig(modelSchema, { ...about.model }, { ...template.model }) : template.model;
  return parseConfig(finetuneSchema, merged({ ...template, model }, over), template);
}
