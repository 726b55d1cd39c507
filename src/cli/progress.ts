/** One line on a terminal that is written over again; nothing where stderr is not a terminal. */
const REDRAW_MS = 100;

export class ProgressLine {
  readonly #isShown: boolean;
  #drawnAt = Number.NEGATIVE_INFINITY;
  #width = 0;

  constructor(isWanted: boolean) {
    this.#isShown = isWanted && process.stderr.isTTY === true;
  }

  show(text: string): void {
    const now = performance.now();
    if (!this.#isShown || now - this.#drawnAt < REDRAW_MS) return;
    this.#drawnAt = now;
    process.stderr.write(`\r${text.padEnd(this.#width)}`);
    this.#width = text.length;
  }

  clear(): void {
    if (this.#width > 0) process.stderr.write(`\r${' '.repeat(this.#width)}\r`);
    this.#width = 0;
  }
}
