/** `npm run table3`: the paper's Table 3, ways to pre-train the equivariant transformer compared on property sets. */
import { tableFrom } from './options.ts';
import { paperValue } from './paper.ts';
import { tableScript } from './script.ts';

tableScript({
  name: 'table3',
  description: 'TorchMD-Net ET, untrained and pre-trained in seven ways, fine-tuned on property sets.',
  options: (flags) => tableFrom(flags, 'torchmd-et'),
  paper: ({ name }, set) => paperValue(3, name, set),
});
