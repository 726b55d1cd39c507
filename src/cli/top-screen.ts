/**
 * A block of lines that is drawn over itself on a terminal, with the cursor taken up and each line
 * cleared (ECMA-48 CUU and EL); where stdout is none, blocks are printed one behind the other, an
 * empty line apart. Lines are cut to the terminal, because one that wraps counts as two.
 */
const ESCAPE = '\u001b[';
const CLEAR_LINE = `${ESCAPE}2K`;
const CLEAR_BELOW = `${ESCAPE}J`;

/** What is needed of stdout. */
export interface ScreenOutput {
  readonly isTTY?: boolean;
  readonly columns?: number;
  readonly rows?: number;
  write(text: string): unknown;
}

export class TopScreen {
  readonly #output: ScreenOutput;
  #drawnLines = 0;

  constructor(output: ScreenOutput = process.stdout) {
    this.#output = output;
  }

  draw(lines: readonly string[]): void {
    const output = this.#output;
    if (output.isTTY !== true) {
      output.write(`${this.#drawnLines > 0 ? '\n' : ''}${lines.join('\n')}\n`);
      this.#drawnLines = lines.length;
      return;
    }
    const shown = this.#fit(lines);
    const up = this.#drawnLines > 0 ? `${ESCAPE}${this.#drawnLines}A\r` : '';
    const text = shown.map((line) => `${CLEAR_LINE}${line}\n`).join('');
    output.write(`${up}${text}${CLEAR_BELOW}`);
    this.#drawnLines = shown.length;
  }

  /** The last row stays free for the cursor. A terminal that has no size says 0. */
  #fit(lines: readonly string[]): string[] {
    const { columns = 0, rows = 0 } = this.#output;
    const room = rows > 1 ? rows - 1 : Number.POSITIVE_INFINITY;
    const kept =
      lines.length <= room
        ? lines
        : [...lines.slice(0, room - 1), `... ${lines.length - room + 1} more lines`];
    return kept.map((line) => (columns > 0 ? line.slice(0, columns) : line));
  }
}
