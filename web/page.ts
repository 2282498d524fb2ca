/**
 * The page: reads the controls, starts a worker for each run, and shows what it tells. Nothing is computed here.
 *
 * The address may preset the controls: ?engine=webgl2&size=smoke&crystals=64&steps=100.
 */
import { count, significant } from '../plots/style.ts';
import { drawLosses, runningMean, VIEW, windowOf } from './chart.ts';
import { ENGINES, type EngineName, type News, type Order, SIZES, type SizeName } from './messages.ts';

const element = <T extends Element = HTMLElement>(id: string): T => {
  const found = document.querySelector<T>(`#${id}`);
  if (!found) throw new Error(`internal: the page has no element '${id}'`);
  return found;
};
const form = element<HTMLFormElement>('controls');
const button = element<HTMLButtonElement>('start');
const chart = element<SVGSVGElement>('chart');
const status = element('status');

/** Losses of the last run on each engine. Runs that differ in more than the engine are not comparable: they are dropped. */
let losses: Partial<Record<EngineName, number[]>> = {};
let shown: Order | undefined;
let worker: Worker | undefined;

const show = (id: 'device' | 'step' | 'loss' | 'speed', text: string): void => {
  element(id).textContent = text;
};

/** `state` is what style.css and tests look at. */
function say(state: 'idle' | 'starting' | 'running' | 'done' | 'stopped' | 'failed', text: string): void {
  document.body.dataset.state = state;
  status.textContent = text;
}

let drawing = false;
/** Draws at the next frame, however much comes before it. */
function redraw(): void {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    chart.innerHTML = drawLosses(losses, shown?.steps ?? order().steps);
  });
}

function order(): Order {
  const values = new FormData(form);
  return {
    engine: values.get('engine') as EngineName,
    size: values.get('size') as SizeName,
    crystals: Number(values.get('crystals')),
    steps: Number(values.get('steps')),
  };
}

/** What a run uses cannot be changed while it runs. */
function allowChanges(allowed: boolean): void {
  for (const control of form.querySelectorAll<HTMLInputElement | HTMLSelectElement>('input, select')) {
    control.disabled = !allowed;
  }
}

function end(state: 'done' | 'stopped' | 'failed', text: string): void {
  worker?.terminate();
  worker = undefined;
  button.textContent = 'Train';
  allowChanges(true);
  say(state, text);
}

/** Times of the last steps in milliseconds, for the speed. */
let times: number[] = [];

function receive(news: News, { engine, steps }: Order): void {
  const name = ENGINES[engine];
  if (news.kind === 'engine') {
    show('device', news.device);
    say('starting', 'Making crystals, compiling kernels …');
  } else if (news.kind === 'data') {
    const { crystals, edges, parameters } = news;
    say(
      'running',
      `${count(parameters)} parameters learn from ${crystals} crystals with ${count(edges)} pairs of neighbours.`,
    );
  } else if (news.kind === 'step') {
    const own = losses[engine]!;
    own.push(news.loss);
    times = [...times.slice(-20), performance.now()];
    const seconds = (times[times.length - 1] - times[0]) / 1000;
    show('step', `${news.step} of ${steps}`);
    const window = windowOf(steps);
    show('loss', significant(runningMean(own.slice(-window), window).pop()!));
    if (seconds > 0) show('speed', significant((times.length - 1) / seconds));
    redraw();
  } else if (news.kind === 'end') end('done', `${name} has done ${steps} steps. Try another engine: the curves agree.`);
  else {
    show('device', '–');
    end('failed', `${name}: ${news.message}`);
  }
}

function start(): void {
  const wanted = order();
  if (JSON.stringify({ ...shown, engine: 0 }) !== JSON.stringify({ ...wanted, engine: 0 })) losses = {};
  shown = wanted;
  losses[wanted.engine] = [];
  times = [];
  show('device', '…');
  for (const id of ['step', 'loss', 'speed'] as const) show(id, '–');
  button.textContent = 'Stop';
  allowChanges(false);
  say('starting', `Starting ${ENGINES[wanted.engine]} …`);
  redraw();
  worker = new Worker(new URL('./worker.ts', import.meta.url), { type: 'module' });
  worker.onmessage = ({ data }: MessageEvent<News>) => receive(data, wanted);
  worker.onerror = ({ message }) => end('failed', `The worker could not be started: ${message || 'see the console'}.`);
  worker.postMessage(wanted);
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  if (worker) end('stopped', 'Stopped.');
  else start();
});

for (const [name, text] of Object.entries(SIZES)) element<HTMLSelectElement>('size').add(new Option(text, name));
for (const [name, value] of new URLSearchParams(location.search)) {
  const control = form.elements.namedItem(name);
  if (control instanceof RadioNodeList || control instanceof HTMLSelectElement || control instanceof HTMLInputElement) {
    control.value = value;
  }
}
chart.setAttribute('viewBox', VIEW);
say('idle', 'Nothing leaves this machine: crystals, labels and training are made in this tab.');
redraw();
