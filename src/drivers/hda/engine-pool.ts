/**
 * The controller's DMA engines, HDA 1.0a 3.3.35: input engines come first among the stream
 * descriptors, then output engines. Streams borrow them one at a time.
 */
import type { KernelDdi } from '../../kernel/ddi/index.ts';
import type { GlobalCapabilities, HdaRegisters } from './hda-registers.ts';
import { StreamEngine } from './stream-engine.ts';

export class EnginePool {
  /** All of them, for the service routine. */
  readonly all: readonly StreamEngine[];
  readonly #wdk: KernelDdi;
  readonly #inputs: readonly StreamEngine[];
  readonly #freeInputs: StreamEngine[];
  readonly #freeOutputs: StreamEngine[];

  constructor(wdk: KernelDdi, registers: HdaRegisters, capabilities: GlobalCapabilities) {
    const { inputStreams, outputStreams } = capabilities;
    this.#wdk = wdk;
    const make = (count: number, first: number): StreamEngine[] =>
      Array.from({ length: count }, (_, index) => {
        // Numbers of input and output streams are apart: each direction has its own link frames.
        return new StreamEngine(wdk, registers, first + index, index + 1);
      });
    this.#inputs = make(inputStreams, 0);
    this.#freeInputs = [...this.#inputs];
    this.#freeOutputs = make(outputStreams, inputStreams);
    this.all = [...this.#freeInputs, ...this.#freeOutputs];
  }

  /** Lends an engine; null when all of that direction are in use. PASSIVE_LEVEL. */
  acquire(isCapture: boolean): StreamEngine | null {
    return (isCapture ? this.#freeInputs : this.#freeOutputs).shift() ?? null;
  }

  /** Takes an engine back, which is in STOP. PASSIVE_LEVEL. */
  release(engine: StreamEngine): void {
    (this.#inputs.includes(engine) ? this.#freeInputs : this.#freeOutputs).unshift(engine);
    const { tag, fifoErrors, descriptorErrors } = engine;
    if (fifoErrors + descriptorErrors === 0) return;
    this.#wdk.DbgPrint(
      `wphda: stream ${tag}: FIFO errors ${fifoErrors}, descriptor errors ${descriptorErrors}`,
    );
  }
}
