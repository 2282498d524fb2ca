/** The reference of the commands: what each says when it is asked for `--help`. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from './entries.ts';

const run = promisify(execFile);

/** Commands of package.json that run a script of experiments/, with what follows `tsx`. */
export function commands(): { name: string; words: string[] }[] {
  const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
    scripts: Record<string, string>;
  };
  return Object.entries(scripts).flatMap(([name, line]) => {
    const [program, ...words] = line.split(' ');
    return program === 'tsx' && words[0].startsWith('experiments/') ? [{ name, words }] : [];
  });
}

async function helpOf({ name, words }: { name: string; words: string[] }): Promise<string> {
  const { stdout } = await run(process.execPath, ['--import', 'tsx', ...words, '--help'], { cwd: ROOT });
  if (!stdout.startsWith('Usage:'))
    throw new Error(`npm run ${name} -- --help prints no usage, but: ${stdout.slice(0, 200)}`);
  return stdout.trim();
}

/** The page. */
export async function commandsPage(): Promise<string> {
  const all = commands();
  const texts: string[] = [];
  // Two at a time: each is a process of its own.
  const queue = [...all.entries()];
  const worker = async () => {
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) texts[next[0]] = await helpOf(next[1]);
  };
  await Promise.all([worker(), worker()]);
  const sections = all.map(({ name }, k) => `## ${name}\n\n\`\`\`text\n${texts[k]}\n\`\`\`\n`);
  return `# Commands

Every command explains itself when it is called with \`--help\`; this page has these explanations. Options follow two
hyphens, which npm takes for itself: \`npm run pretrain -- --epochs 5\`.

${sections.join('\n')}`;
}
