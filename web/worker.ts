/**
 * The worker of a run: takes an order, trains, and posts what happens. It knows nothing of the page.
 */
import { openEngine } from './engines.ts';
import type { News, Order } from './messages.ts';
import { training } from './training.ts';

const tell = (news: News): void => postMessage(news);

async function serve(order: Order): Promise<void> {
  const { engine, device } = await openEngine(order.engine);
  tell({ kind: 'engine', device });
  const { crystals, edges, parameters, step } = await training(engine, order);
  tell({ kind: 'data', crystals, edges, parameters });
  for (let k = 0; k < order.steps; k++) {
    const loss = await step(k);
    if (!Number.isFinite(loss)) throw new Error(`The loss became ${loss} in step ${k + 1}.`);
    tell({ kind: 'step', step: k + 1, loss });
  }
  tell({ kind: 'end' });
}

addEventListener('message', ({ data }: MessageEvent<Order>) => {
  serve(data).catch((error: unknown) =>
    tell({ kind: 'failed', message: error instanceof Error ? error.message : String(error) }),
  );
});
