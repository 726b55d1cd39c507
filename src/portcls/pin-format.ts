/**
 * The wave format of an open pin: the client's KSDATAFORMAT, with the attributes that may follow
 * it, kept in pool for as long as the pin is open, because a miniport takes it by pointer.
 * Source: KsCreatePin, KSDATAFORMAT, KSPROPERTY_CONNECTION_DATAFORMAT.
 */
import type { VirtualAddress } from '../base/brand.ts';
import type { Guid } from '../base/guid.ts';
import { roundUp } from '../base/struct.ts';
import type { MemoryManager } from '../kernel/memory/memory-manager.ts';
import { KSDATAFORMAT, KSDATAFORMAT_ATTRIBUTES } from '../standards/ks/formats.ts';
import {
  KSDATAFORMAT_SPECIFIER_DSOUND,
  KSDATAFORMAT_SPECIFIER_WAVEFORMATEX,
} from '../standards/ks/guids.ts';
import { KSATTRIBUTE, KSMULTIPLE_ITEM } from '../standards/ks/requests.ts';
import {
  KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE,
  KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE,
} from '../standards/ks/signal-processing.ts';
import { readWaveDataFormat } from '../standards/ks/wave-data-format.ts';
import { frameBytes } from '../standards/pcm/format.ts';

const FORMAT_TAG = 'PcFm';
const NONPAGED_POOL = 0;
const ATTRIBUTE_ALIGNMENT = 8;

export class PinFormat {
  readonly #memory: MemoryManager;
  #address: VirtualAddress;
  #roomBytes: number;

  private constructor(memory: MemoryManager, address: VirtualAddress, roomBytes: number) {
    this.#memory = memory;
    this.#address = address;
    this.#roomBytes = roomBytes;
  }

  /** A copy of `format`; null when pool is short. */
  static keep(memory: MemoryManager, format: Uint8Array): PinFormat | null {
    const at = memory.pool.ExAllocatePoolWithTag(NONPAGED_POOL, format.length, FORMAT_TAG);
    if (at === null) return null;
    memory.ram.bytes.set(format, at);
    return new PinFormat(memory, at, format.length);
  }

  get address(): VirtualAddress {
    return this.#address;
  }

  /** FormatSize: the header and the wave format behind it, without attributes. */
  get bytes(): number {
    return this.#memory.ram.view.getUint32(this.#address, true);
  }

  /** Bytes of one frame; 1 for a format that is not PCM. */
  get frameBytes(): number {
    const wave = readWaveDataFormat(this.#memory.ram.view, this.#address);
    return wave === null ? 1 : frameBytes(wave);
  }

  /** Bytes of one second; 0 for a format that is not PCM. */
  get bytesPerSecond(): number {
    const wave = readWaveDataFormat(this.#memory.ram.view, this.#address);
    return wave === null ? 0 : wave.rateHz * frameBytes(wave);
  }

  /** Makes room for a format of `bytes` bytes; false when pool is short. The format stays. */
  reserve(bytes: number): boolean {
    if (bytes <= this.#roomBytes) return true;
    const { pool } = this.#memory;
    const at = pool.ExAllocatePoolWithTag(NONPAGED_POOL, bytes, FORMAT_TAG);
    if (at === null) return false;
    this.#memory.copy(at, this.#address, this.#roomBytes);
    pool.ExFreePoolWithTag(this.#address, FORMAT_TAG);
    this.#address = at;
    this.#roomBytes = bytes;
    return true;
  }

  /** Takes over the format at `from`, for which there is room. */
  replace(from: number, bytes: number): void {
    this.#memory.copy(this.#address, from, bytes);
  }

  free(): void {
    this.#memory.pool.ExFreePoolWithTag(this.#address, FORMAT_TAG);
  }
}

/** Whether a miniport can be given the format: its Specifier says which wave format follows. */
export function isWaveFormat(format: Uint8Array): boolean {
  const { Specifier } = KSDATAFORMAT.read(viewOf(format), 0);
  return (
    Specifier === KSDATAFORMAT_SPECIFIER_WAVEFORMATEX || Specifier === KSDATAFORMAT_SPECIFIER_DSOUND
  );
}

/**
 * Whether the header keeps its own rules: Reserved is 0, and a list of attributes that Flags
 * announces lies, whole, at the next 8-byte boundary behind the format.
 */
export function isWellFormed(format: Uint8Array): boolean {
  return KSDATAFORMAT.read(viewOf(format), 0).Reserved === 0 && attributesOf(format) !== null;
}

/** The signal processing mode that the client asks for; null when it leaves the default. */
export function processingModeOf(format: Uint8Array): Guid | null {
  const wanted = KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE;
  const at = attributesOf(format)?.find(({ attribute }) => attribute === wanted)?.at;
  if (at === undefined) return null;
  return KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE.read(viewOf(format), at).SignalProcessingMode;
}

interface FormatAttribute {
  readonly attribute: Guid;
  readonly at: number;
}

/** Null when the list does not lie whole in the format, or an attribute not whole in the list. */
function attributesOf(format: Uint8Array): FormatAttribute[] | null {
  const view = viewOf(format);
  const header = KSDATAFORMAT.read(view, 0);
  const attributes: FormatAttribute[] = [];
  if ((header.Flags & KSDATAFORMAT_ATTRIBUTES) === 0) return attributes;
  const listAt = roundUp(header.FormatSize, ATTRIBUTE_ALIGNMENT);
  if (listAt + KSMULTIPLE_ITEM.size > format.length) return null;
  const list = KSMULTIPLE_ITEM.read(view, listAt);
  const end = listAt + list.Size;
  if (list.Size < KSMULTIPLE_ITEM.size || end > format.length) return null;
  let at = listAt + KSMULTIPLE_ITEM.size;
  for (let index = 0; index < list.Count; index++) {
    if (at + KSATTRIBUTE.size > end) return null;
    const { Attribute, Size } = KSATTRIBUTE.read(view, at);
    if (Size < leastBytes(Attribute) || at + Size > end) return null;
    attributes.push({ attribute: Attribute, at });
    at += roundUp(Size, ATTRIBUTE_ALIGNMENT);
  }
  return attributes;
}

const leastBytes = (attribute: Guid): number =>
  attribute === KSATTRIBUTEID_AUDIOSIGNALPROCESSING_MODE
    ? KSATTRIBUTE_AUDIOSIGNALPROCESSING_MODE.size
    : KSATTRIBUTE.size;

const viewOf = (bytes: Uint8Array): DataView =>
  new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
