/** Tables 2 to 5 of the paper as data: which network, which rows, and the paper's numbers for them. */
import { pretrainPreset } from '../../training/presets.ts';
import { merged } from '../config/resolve.ts';
import { type TableFlags, tableFrom } from './options.ts';
import { paperLength, paperValue } from './paper.ts';
import type { TableOptions } from './plan.ts';
import type { TableText } from './report.ts';
import { type Row, rowsNamed } from './rows.ts';

export interface PaperTable {
  readonly description: string;
  readonly options: (flags: TableFlags) => TableOptions;
  readonly paper: TableText['paper'];
}

/** Epochs of the paper's Table 5, whose usual number is 100; others have the same ratios. */
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

export const TABLES: Readonly<Record<string, PaperTable>> = {
  table2: {
    description: 'CGCNN, untrained and pre-trained in seven ways, fine-tuned on property sets.',
    options: (flags) => tableFrom(flags, 'cgcnn'),
    paper: ({ name }, set) => paperValue(2, name, set),
  },
  table3: {
    description: 'TorchMD-Net ET, untrained and pre-trained in seven ways, fine-tuned on property sets.',
    options: (flags) => tableFrom(flags, 'torchmd-et'),
    paper: ({ name }, set) => paperValue(3, name, set),
  },
  table4: {
    description: 'CGCNN as in table2, fine-tuned with mean pooling; pre-trained networks are the same.',
    options: (flags) => ({ ...tableFrom(flags, 'cgcnn'), pool: 'mean' }),
    paper: ({ name }, set) => paperValue(4, name, set),
  },
  table5: {
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
  },
};
