/**
 * Writes the body of a kernel: nested blocks of constants, loops and accumulators.
 *
 * Each value is a constant with a name, placed in the outermost block in which its operands are known, and equal
 * texts in one block are one constant: what a loop does not change is computed before it.
 */

export interface Value {
  readonly text: string;
  /** The number of the block in which it is known, counted from the outside; 0 is the body of the function. */
  readonly level: number;
}

interface Block {
  readonly lines: string[];
  readonly known: Map<string, Value>;
}

export class Emitter {
  private blocks: Block[] = [{ lines: [], known: new Map() }];
  private names = 0;

  /** Number of the innermost open block. */
  get level(): number {
    return this.blocks.length - 1;
  }

  get text(): string {
    return this.blocks[0].lines.join('\n');
  }

  fresh(prefix: string): string {
    return `${prefix}${this.names++}`;
  }

  line(text: string): void {
    this.blocks[this.level].lines.push(text);
  }

  /** A constant holding `text`, whose operands are all known in block `level`. */
  define(text: string, level: number, prefix = 'v'): Value {
    return this.remember(text, level, () => {
      const name = this.fresh(prefix);
      this.line(`const ${name}=${text};`);
      return name;
    });
  }

  /** The result of `make`, run inside block `level` unless that block knows `key` already. */
  remember(key: string, level: number, make: () => string): Value {
    const block = this.blocks[level];
    if (!block) throw new Error(`internal: '${key}' belongs to block ${level} of ${this.blocks.length}`);
    const found = block.known.get(key);
    if (found) return found;
    const inner = this.blocks.splice(level + 1);
    const value = { text: make(), level };
    this.blocks.push(...inner);
    block.known.set(key, value);
    return value;
  }

  /** `head {body}`; nothing at all if the body is empty. */
  block(head: string, body: () => void): void {
    this.blocks.push({ lines: [], known: new Map() });
    body();
    const { lines } = this.blocks.pop()!;
    if (lines.length === 0) return;
    this.line(`${head}{`);
    for (const line of lines) this.line(line);
    this.line('}');
  }
}
