/** `npm run table4`: the paper's Table 4, the networks of Table 2 fine-tuned with the mean over atoms instead of the sum. */
import { tableFrom } from './options.ts';
import { paperValue } from './paper.ts';
import { tableScript } from './script.ts';

tableScript({
  name: 'table4',
  description: 'CGCNN as in table2, fine-tuned with mean pooling; pre-trained networks are the same.',
  options: (flags) => ({ ...tableFrom(flags, 'cgcnn'), pool: 'mean' }),
  paper: ({ name }, set) => paperValue(4, name, set),
});
