/** `npm run table2`: the paper's Table 2, ways to pre-train CGCNN compared on property sets. */
import { tableFrom } from './options.ts';
import { paperValue } from './paper.ts';
import { tableScript } from './script.ts';

tableScript({
  name: 'table2',
  description: 'CGCNN, untrained and pre-trained in seven ways, fine-tuned on property sets.',
  options: (flags) => tableFrom(flags, 'cgcnn'),
  paper: ({ name }, set) => paperValue(2, name, set),
});
