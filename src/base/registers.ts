/**
 * Register banks. A register is a row of data: where it lies, how wide it is, what reset leaves in
 * it, which bits software may write, and which bits a written one clears. The bank masks and
 * merges; handlers hold only what a device does when a register is touched. Byte, word and dword
 * access is modelled here and nowhere else: an access touches every register it covers, once.
 */

export interface RegisterRow {
  /** Byte offset from the base of the block. */
  readonly offset: number;
  readonly bytes: 1 | 2 | 3 | 4;
  readonly reset: number;
  /** Bits that take the written value. */
  readonly writable: number;
  /** Bits that a written one clears, and that software cannot set. */
  readonly writeOneToClear: number;
}

/** One block of registers; declare it `as const satisfies RegisterMap`. */
export type RegisterMap = Readonly<Record<string, RegisterRow>>;

export type RegisterName<M extends RegisterMap> = keyof M & string;

export interface RegisterHandlers<M extends RegisterMap> {
  /** What a register reads as, where that is not the stored value. */
  readonly read?: { readonly [Name in RegisterName<M>]?: () => number };
  /** Called after all of a write was masked and stored, also when it changed nothing. */
  readonly write?: {
    readonly [Name in RegisterName<M>]?: (value: number, previous: number) => void;
  };
}

/**
 * The stored value of one register, found by its name once: for who asks in every period. Masks do
 * not apply and no handler is called.
 */
export class RegisterCell {
  readonly #values: Uint32Array;
  readonly #index: number;

  constructor(values: Uint32Array, index: number) {
    this.#values = values;
    this.#index = index;
  }

  get value(): number {
    return this.#values[this.#index] as number;
  }

  set value(value: number) {
    this.#values[this.#index] = value;
  }
}

type Reader = () => number;
type Writer = (value: number, previous: number) => void;

const NONE = -1;
const ALL_LANES = 0xffff_ffff;

/**
 * The registers of `map`, at byte offset `base` of a device. Bytes that no register owns read 0
 * and ignore writes. @throws Error when rows overlap or a mask is wider than its register.
 */
export class RegisterBank<const M extends RegisterMap> {
  readonly #base: number;
  readonly #values: Uint32Array;
  readonly #resets: Uint32Array;
  readonly #writable: Uint32Array;
  readonly #clears: Uint32Array;
  readonly #offsets: Uint16Array;
  readonly #bytes: Uint8Array;
  /** The register that starts at a byte, for access at its own width. */
  readonly #starts: Int16Array;
  /** The register that a byte belongs to, for every other access. */
  readonly #owners: Int16Array;
  readonly #readers: (Reader | undefined)[] = [];
  readonly #writers: (Writer | undefined)[] = [];
  readonly #indices: Record<string, number> = {};

  constructor(map: M, handlers: RegisterHandlers<M> = {}, base = 0) {
    const names = Object.keys(map);
    const rows = Object.values(map);
    const endByte = rows.reduce((end, row) => Math.max(end, row.offset + row.bytes), 0);
    this.#base = base;
    this.#values = new Uint32Array(rows.length);
    this.#resets = Uint32Array.from(rows, (row) => row.reset);
    this.#writable = Uint32Array.from(rows, (row) => row.writable);
    this.#clears = Uint32Array.from(rows, (row) => row.writeOneToClear);
    this.#offsets = Uint16Array.from(rows, (row) => row.offset);
    this.#bytes = Uint8Array.from(rows, (row) => row.bytes);
    this.#starts = new Int16Array(endByte).fill(NONE);
    this.#owners = new Int16Array(endByte).fill(NONE);
    const readers: Readonly<Record<string, Reader | undefined>> = handlers.read ?? {};
    const writers: Readonly<Record<string, Writer | undefined>> = handlers.write ?? {};
    rows.forEach((row, index) => {
      const name = names[index] as string;
      this.#place(name, row, index);
      this.#readers.push(readers[name]);
      this.#writers.push(writers[name]);
    });
    this.reset();
  }

  /** Every register back to its reset value. No handler is called. */
  reset(): void {
    this.#values.set(this.#resets);
  }

  /** The stored value; a read handler is not asked. */
  get(name: RegisterName<M>): number {
    return this.#values[this.#indices[name] as number] as number;
  }

  /** Stores a value as the device does: masks do not apply and no handler is called. */
  set(name: RegisterName<M>, value: number): void {
    this.#values[this.#indices[name] as number] = value;
  }

  /** What `get` and `set` reach by the name. */
  cell(name: RegisterName<M>): RegisterCell {
    return new RegisterCell(this.#values, this.#indices[name] as number);
  }

  /** A bus read of 1, 2 or 4 bytes at a device offset. */
  read(offset: number, width: number): number {
    const at = offset - this.#base;
    const index = this.#starts[at];
    if (index !== undefined && index >= 0 && this.#bytes[index] === width) {
      return this.#valueOf(index);
    }
    return this.#gather(at, width);
  }

  /** A bus write of 1, 2 or 4 bytes at a device offset. */
  write(offset: number, width: number, value: number): void {
    const at = offset - this.#base;
    const index = this.#starts[at];
    if (index !== undefined && index >= 0 && this.#bytes[index] === width) {
      this.#store(index, value);
      return;
    }
    this.#scatter(at, width, value);
  }

  #place(name: string, row: RegisterRow, index: number): void {
    const outside = row.bytes === 4 ? 0 : ALL_LANES << (8 * row.bytes);
    if (((row.reset | row.writable | row.writeOneToClear) & outside) !== 0) {
      throw new Error(`register ${name} has bits outside its ${row.bytes} bytes`);
    }
    for (let at = row.offset; at < row.offset + row.bytes; at++) {
      if (this.#owners[at] !== NONE) throw new Error(`register ${name} overlaps another`);
      this.#owners[at] = index;
    }
    this.#starts[row.offset] = index;
    this.#indices[name] = index;
  }

  #valueOf(index: number): number {
    const reader = this.#readers[index];
    return reader === undefined ? (this.#values[index] as number) : reader();
  }

  #store(index: number, value: number): void {
    const previous = this.#values[index] as number;
    this.#merge(index, value, ALL_LANES);
    this.#writers[index]?.(this.#values[index] as number, previous);
  }

  /** Masks and stores those bits of `value` that lie in `lanes`. */
  #merge(index: number, value: number, lanes: number): void {
    const previous = this.#values[index] as number;
    const writable = (this.#writable[index] as number) & lanes;
    const cleared = value & (this.#clears[index] as number) & lanes;
    this.#values[index] = ((previous & ~writable) | (value & writable)) & ~cleared;
  }

  #gather(first: number, width: number): number {
    const end = first + width;
    let result = 0;
    let at = first;
    while (at < end) {
      const index = this.#owners[at] ?? NONE;
      if (index === NONE) {
        at++;
        continue;
      }
      const start = this.#offsets[index] as number;
      const stop = Math.min(end, start + (this.#bytes[index] as number));
      const value = this.#valueOf(index);
      for (; at < stop; at++) {
        result |= ((value >>> (8 * (at - start))) & 0xff) << (8 * (at - first));
      }
    }
    return result >>> 0;
  }

  /**
   * All bytes are stored before the first handler is called: what that sets in a register of the
   * same access stays set.
   */
  #scatter(first: number, width: number, value: number): void {
    const end = first + width;
    let before = 0;
    for (let at = first; at < end; at++) {
      const index = this.#owners[at] ?? NONE;
      if (index === NONE) continue;
      const place = 8 * (at - first);
      const shift = 8 * (at - (this.#offsets[index] as number));
      before |= (((this.#values[index] as number) >>> shift) & 0xff) << place;
      this.#merge(index, ((value >>> place) & 0xff) << shift, 0xff << shift);
    }
    let at = first;
    while (at < end) {
      const index = this.#owners[at] ?? NONE;
      if (index === NONE) {
        at++;
        continue;
      }
      const start = this.#offsets[index] as number;
      const stop = Math.min(end, start + (this.#bytes[index] as number));
      const stored = this.#values[index] as number;
      let previous = stored;
      for (; at < stop; at++) {
        const shift = 8 * (at - start);
        const byte = (before >>> (8 * (at - first))) & 0xff;
        previous = (previous & ~(0xff << shift)) | (byte << shift);
      }
      this.#writers[index]?.(stored, previous >>> 0);
    }
  }
}
