/** A program that shows tensors and values on the console; asked for anything, it answers with what `String` makes of them. */
import { grad } from '../../autograd/index.ts';
import { compile, input, tensor, variable } from '../../tensor/index.ts';
import { answer } from './answer.ts';

/** Some of everything that is logged while one looks for a mistake. */
export async function shown(): Promise<unknown[]> {
  const x = input([3], 'x');
  const w = variable([0, 0, 0], 'w');
  const y = x.sub(w).square().mean();
  const [slope] = grad(y, [w]);
  const { value } = await compile({ x }, { value: slope })({ x: [1, 2, 3] });
  return [
    x,
    w,
    tensor([
      [1, 2],
      [3, 4.5],
    ]),
    y,
    slope,
    value,
  ];
}

answer(async () => {
  const all = await shown();
  for (const one of all) console.log(one);
  return all.map(String);
});
