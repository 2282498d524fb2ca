/** `npm run table2`: the paper's Table 2, ways to pre-train CGCNN compared on property sets. */
import { tableFrom } from './options.ts';
import { paperValue } from './paper.ts';
import { tableScript } from './script.ts';

tableScript(
  'table2',
  'CGCNN, untrained and pre-trained in seven ways, fine-tuned on property sets.',
  (flags) => tableFrom(flags, 'cgcnn'),
  () => ({
    name: 'table2',
    caption: 'CGCNN, sum pooling',
    paper: (row, set) => paperValue(2, row, set),
  }),
);
