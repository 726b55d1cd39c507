/**
 * qtest, QEMU's line protocol for tests, as its client speaks it: one command a line, one line that
 * begins with OK for each, and before it a line for every change of an interrupt input of the I/O
 * APIC. Commands go out together where their answers are not needed in between. Time is QEMU's
 * virtual clock, which stands until `clock_set` moves it. Source: QEMU's documentation of qtest.
 */
import { QemuError } from './qemu-error.ts';
import type { QemuProcess } from './qemu-process.ts';

const INTERRUPT_LINE = /^IRQ (raise|lower) (\d+)$/;

export class QtestLink {
  readonly #process: QemuProcess;
  readonly #raised = new Set<number>();
  #rest = '';

  constructor(process: QemuProcess) {
    this.#process = process;
  }

  /** Whether an input of the I/O APIC is asserted, as of the last answer. */
  isRaised(input: number): boolean {
    return this.#raised.has(input);
  }

  /**
   * Runs commands, one a line, and returns what the last of them answered, without its OK.
   * @throws QemuError when QEMU has died or refuses one
   */
  run(commands: string): string {
    this.#process.write(`${commands}\n`);
    let left = 1;
    for (let at = commands.indexOf('\n'); at >= 0; at = commands.indexOf('\n', at + 1)) left++;
    let answer = '';
    while (left > 0) {
      const line = this.#nextLine();
      if (this.#isInterrupt(line)) continue;
      if (!line.startsWith('OK')) {
        throw new QemuError(`QEMU refused '${commands.replaceAll('\n', '; ')}': ${line}`);
      }
      answer = line.slice(3);
      left--;
    }
    return answer;
  }

  #nextLine(): string {
    let end = this.#rest.indexOf('\n');
    while (end < 0) {
      this.#rest += this.#process.read();
      end = this.#rest.indexOf('\n');
    }
    const line = this.#rest.slice(0, end);
    this.#rest = this.#rest.slice(end + 1);
    return line;
  }

  #isInterrupt(line: string): boolean {
    const match = INTERRUPT_LINE.exec(line);
    if (match === null) return false;
    const input = Number(match[2]);
    if (match[1] === 'raise') this.#raised.add(input);
    else this.#raised.delete(input);
    return true;
  }
}
