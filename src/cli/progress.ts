/**
 * Progress on stderr: on a terminal one line that is written over again and taken away at the
 * end, elsewhere one line at the beginning.
 */
const REDRAW_MS = 100;

export class ProgressLine {
  readonly #isWanted: boolean;
  readonly #isTerminal = process.stderr.isTTY === true;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #width = 0;

  constructor(isWanted: boolean) {
    this.#isWanted = isWanted;
  }

  show(text: string): void {
    if (!this.#isWanted) return;
    const now = performance.now();
    if (!this.#isTerminal) {
      if (this.#drawnAt < 0) process.stderr.write(`${text}\n`);
      this.#drawnAt = now;
      return;
    }
    if (now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    process.stderr.write(`\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }

  clear(): void {
    if (this.#width > 0) process.stderr.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}
