/**
 * The controller's BAR: global registers, eight stream descriptors, and the page of copies. While
 * the controller is in reset, writes go nowhere but to the byte of GCTL that holds CRST, and reads
 * give reset values (HDA 1.0a 3.3.7). Every access is forwarded at its own width to the bank that
 * owns it; naturally aligned access never touches two banks.
 */
import type { RegisterBank } from '../../base/registers.ts';
import { HDA_CONTROLLER_REGISTERS } from '../../standards/hda/controller-registers.ts';
import { HDA_STREAM_BASE, HDA_STREAM_STRIDE } from '../../standards/hda/stream-registers.ts';
import type { AccessWidth, RegisterSpace } from '../device.ts';
import type { AliasPage } from './alias-page.ts';
import type { StreamDescriptor } from './stream-descriptor.ts';

const BAR_BYTES = 0x4000;
const STRIDE_SHIFT = Math.log2(HDA_STREAM_STRIDE);

export class RegisterWindow implements RegisterSpace {
  readonly sizeBytes = BAR_BYTES;
  readonly #global: RegisterBank<typeof HDA_CONTROLLER_REGISTERS>;
  readonly #streams: readonly StreamDescriptor[];
  readonly #alias: AliasPage;
  readonly #isOutOfReset: () => boolean;

  constructor(
    global: RegisterBank<typeof HDA_CONTROLLER_REGISTERS>,
    streams: readonly StreamDescriptor[],
    alias: AliasPage,
    isOutOfReset: () => boolean,
  ) {
    this.#global = global;
    this.#streams = streams;
    this.#alias = alias;
    this.#isOutOfReset = isOutOfReset;
  }

  read(offset: number, width: AccessWidth): number {
    if (offset < HDA_STREAM_BASE) return this.#global.read(offset, width);
    const stream = this.#streams[(offset - HDA_STREAM_BASE) >>> STRIDE_SHIFT];
    if (stream !== undefined) return stream.registers.read(offset, width);
    return this.#alias.read(offset, width);
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (!this.#isOutOfReset() && offset !== HDA_CONTROLLER_REGISTERS.GCTL.offset) return;
    if (offset < HDA_STREAM_BASE) {
      this.#global.write(offset, width, value);
      return;
    }
    const stream = this.#streams[(offset - HDA_STREAM_BASE) >>> STRIDE_SHIFT];
    if (stream === undefined) return;
    // What is due happens before the write that could change its fate.
    stream.settle();
    stream.registers.write(offset, width, value);
  }
}
