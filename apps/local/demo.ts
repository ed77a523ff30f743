import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Child } from './demo.child.js';
import { Story } from './demo.story.js';

const said = performance.now();
const seconds = (): string => ((performance.now() - said) / 1000).toFixed(1).padStart(5);
const say = (line: string): void => void process.stdout.write(`${line}\n`);

const directory = await mkdtemp(join(tmpdir(), 'trilho-demo-'));
const child = new Child(directory);
const story = new Story(child, (line) => say(`${seconds()} s  ${line}`), say);
let code = 0;
try {
  await story.tell();
} catch (error) {
  code = 1;
  say(`\nA demonstração parou: ${error instanceof Error ? error.message : String(error)}`);
  say(child.lastWords());
} finally {
  await story.close();
  await child.stop();
  rmSync(directory, { recursive: true, force: true });
  say(`${seconds()} s  pasta ${directory} removida`);
}
process.exit(code);
