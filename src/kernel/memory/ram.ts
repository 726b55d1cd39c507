/**
 * The bytes of the machine's memory: one WebAssembly.Memory of fixed size, so that a driver
 * compiled to WebAssembly and the device models see the same bytes. It never grows, and so the
 * views never detach. It is not shared between threads: a machine runs on one, and copies into
 * shared memory go byte by byte where source and target are not aligned alike.
 */

/** What the machine needs of the host's WebAssembly.Memory. */
export interface WebAssemblyMemory {
  readonly buffer: ArrayBufferLike;
}

/** Declared here because the language's own library does not describe its host. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: {
    readonly initial: number;
    readonly maximum: number;
  }) => WebAssemblyMemory;
};

const WEB_ASSEMBLY_PAGE_BYTES = 0x1_0000;

/** RAM ends where the I/O window begins: a virtual address tells which of the two it means. */
export const MAX_RAM_BYTES = 0x8000_0000;
const MIN_RAM_BYTES = 0x10_0000;

export class Ram {
  readonly byteLength: number;
  readonly memory: WebAssemblyMemory;
  readonly bytes: Uint8Array;
  readonly view: DataView;

  /** @throws RangeError unless `byteLength` is a multiple of 64 KiB from 1 MiB to 2 GiB. */
  constructor(byteLength: number) {
    if (
      !(byteLength >= MIN_RAM_BYTES && byteLength <= MAX_RAM_BYTES) ||
      byteLength % WEB_ASSEMBLY_PAGE_BYTES !== 0
    ) {
      throw new RangeError(
        `RAM of ${byteLength} bytes cannot be built: give a multiple of 65536 bytes ` +
          'from 1 MiB to 2 GiB',
      );
    }
    this.byteLength = byteLength;
    const pages = byteLength / WEB_ASSEMBLY_PAGE_BYTES;
    this.memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
    this.bytes = new Uint8Array(this.memory.buffer);
    this.view = new DataView(this.memory.buffer);
  }
}
