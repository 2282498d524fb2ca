/** `npm run table5`: the paper's Table 5, pre-training of different lengths. */
import { pretrainPreset } from '../../training/presets.ts';
import { merged } from '../config/resolve.ts';
import { tableFrom } from './options.ts';
import { paperLength, paperValue } from './paper.ts';
import { type Row, rowsNamed } from './rows.ts';
import { tableScript } from './script.ts';

/** Epochs of the paper, whose usual number is 100; others have the same ratios. */
const LENGTHS = [12, 25, 50, 100, 200];
const STRATEGIES = ['forces', 'derivatives-500'];

/** The row with other numbers of epochs; with the usual one it is the row of the other tables. */
function withLengths(row: Row, usual: number): Row[] {
  const { pretrain } = row;
  if (pretrain === null) return [row];
  const seen = new Set<number>();
  return LENGTHS.flatMap((paperEpochs) => {
    const epochs = Math.max(1, Math.round((paperEpochs / 100) * usual));
    if (seen.has(epochs)) return [];
    seen.add(epochs);
    return [
      {
        name: epochs === usual ? row.name : `${row.name}-${epochs}-epochs`,
        title: `${row.title}, ${epochs} epochs`,
        pretrain: merged(pretrain, { training: { epochs } }),
        paperEpochs,
      },
    ];
  });
}

tableScript({
  name: 'table5',
  description: 'CGCNN, pre-trained for shorter and longer than usual, fine-tuned on property sets.',
  options(flags) {
    // The number of epochs belongs to the rows.
    const { pretrainEpochs: usual = pretrainPreset(flags.preset).training.epochs, ...others } = flags;
    const rows = rowsNamed(flags.strategies ?? STRATEGIES).flatMap((row) => withLengths(row, usual));
    return { ...tableFrom(others, 'cgcnn'), rows };
  },
  paper: ({ name, paperEpochs }, set) =>
    paperEpochs === undefined
      ? paperValue(2, name, set)
      : paperLength(name.replace(/-\d+-epochs$/, ''), paperEpochs, set),
});
