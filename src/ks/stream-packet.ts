/**
 * One stream request, captured: an IRP with one or more KSSTREAM_HEADERs, each of which describes
 * a buffer of the client's. The headers are copied into a system buffer before anybody looks at
 * them, and the buffers are locked where they are: nothing of the sound is copied. Packets are
 * used again, so that a stream in steady state allocates nothing. Source: KSSTREAM_HEADER,
 * KsProbeStreamIrp.
 */
import { virtual } from '../base/brand.ts';
import { readU64, writeU64 } from '../base/struct.ts';
import type { Irp } from '../kernel/io/irp.ts';
import { attachSystemBuffer } from '../kernel/io/system-buffer.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { LockedBuffer } from '../kernel/memory/locked-buffer.ts';
import { KSSTREAM_HEADER, KSSTREAM_HEADER_OPTIONSF } from '../standards/ks/stream-packets.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_ACCESS_VIOLATION,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_BUFFER_SIZE,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { ticksOfBytes } from './capture-times.ts';

/** No client sends more headers than this in one request; more is a mistake. */
const LARGEST_HEADERS = 1 << 16;
const HEADER_ALIGNMENT = 8;
const { DATADISCONTINUITY, DURATIONVALID, LOOPEDDATA, TIMEVALID, TYPECHANGED } =
  KSSTREAM_HEADER_OPTIONSF;

/** One header of a packet. */
export class StreamHeader {
  /** Where the captured KSSTREAM_HEADER lies, and its Size. */
  at = 0;
  size = 0;
  /** KSSTREAM_HEADER_OPTIONSF bits. */
  options = 0;
  /** Where its bytes begin in the packet, and how many they are. */
  firstByte = 0;
  byteCount = 0;
  /** Copies of its bytes are counted. */
  isWatched = false;
  readonly buffer: LockedBuffer;

  constructor(kernel: Kernel) {
    this.buffer = new LockedBuffer(kernel.memory);
  }
}

export class StreamPacket {
  readonly kernel: Kernel;
  /** Null while the packet is spare. */
  irp: Irp | null = null;
  /** The client's sound goes to the device: IOCTL_KS_WRITE_STREAM. */
  isWrite = false;
  headerCount = 0;
  /** DataUsed of all headers of a write, FrameExtent of all of a read. */
  byteCount = 0;
  /** The option bits of all headers. */
  options = 0;
  /** Neighbours in the queue. */
  next: StreamPacket | null = null;
  previous: StreamPacket | null = null;
  readonly #headers: StreamHeader[] = [];
  /** When its first byte was captured, in units of 100 ns. */
  #startTicks = 0;
  /** 0 while no time is known. */
  #bytesPerSecond = 0;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  header(index: number): StreamHeader {
    const header = this.#headers[index];
    if (header === undefined) throw new Error(`the packet has no header ${index}`);
    return header;
  }

  /** The header that the byte `offset` bytes into the packet belongs to. */
  headerOf(offset: number): StreamHeader {
    let index = 0;
    while (offset >= this.header(index).firstByte + this.header(index).byteCount) index++;
    return this.header(index);
  }

  get isLooped(): boolean {
    return (this.options & LOOPEDDATA) !== 0;
  }

  has(option: number): boolean {
    return (this.options & option) !== 0;
  }

  /** Takes the request in. Any status but success means that nothing is locked. */
  capture(irp: Irp, isWrite: boolean): NtStatus {
    const bytes = irp.outputBufferLength;
    const { memory, io } = this.kernel;
    if (bytes === 0 || bytes > LARGEST_HEADERS) return STATUS_INVALID_BUFFER_SIZE;
    if (!memory.isAccessible(irp.userBuffer, bytes)) return STATUS_ACCESS_VIOLATION;
    // A read brings its headers back with what was captured; those of a write stay as they are.
    if (!attachSystemBuffer(io.memory, irp, bytes, !isWrite)) return STATUS_INSUFFICIENT_RESOURCES;
    memory.copy(irp.systemBuffer, irp.userBuffer, bytes);
    this.irp = irp;
    this.isWrite = isWrite;
    this.headerCount = 0;
    this.byteCount = 0;
    this.options = 0;
    this.#bytesPerSecond = 0;
    const end = irp.systemBuffer + bytes;
    let status: NtStatus = STATUS_SUCCESS;
    for (let at: number = irp.systemBuffer; at < end && ntSuccess(status); ) {
      status = this.#captureHeader(irp, at, end);
      if (ntSuccess(status)) at += this.header(this.headerCount - 1).size;
    }
    const isAlone = this.headerCount === 1 && isWrite;
    if (ntSuccess(status) && this.has(TYPECHANGED) && !isAlone) status = STATUS_INVALID_PARAMETER;
    if (!ntSuccess(status)) this.release();
    return status;
  }

  #captureHeader(irp: Irp, at: number, end: number): NtStatus {
    const layout = KSSTREAM_HEADER.layout(irp.pointerBytes);
    const { offsets } = layout;
    const { view } = this.kernel.memory.ram;
    if (at + layout.size > end) return STATUS_INVALID_BUFFER_SIZE;
    const size = view.getUint32(at + offsets.Size, true);
    const isWhole = size >= layout.size && at + size <= end && size % HEADER_ALIGNMENT === 0;
    if (!isWhole) return STATUS_INVALID_BUFFER_SIZE;
    const options = view.getUint32(at + offsets.OptionsFlags, true);
    const extent = view.getUint32(at + offsets.FrameExtent, true);
    const used = view.getUint32(at + offsets.DataUsed, true);
    const isFair = this.isWrite ? used <= extent : used === 0;
    if (!isFair || !isTimeSane(view, at, offsets, options)) return STATUS_INVALID_PARAMETER;
    const header = this.#headerAt(this.headerCount);
    const dataAt = at + offsets.Data;
    const data = irp.pointerBytes === 8 ? readU64(view, dataAt) : view.getUint32(dataAt, true);
    const bytes = this.isWrite ? used : extent;
    if (!header.buffer.lock(virtual(data), bytes)) return STATUS_ACCESS_VIOLATION;
    header.at = at;
    header.size = size;
    header.options = options;
    header.firstByte = this.byteCount;
    header.byteCount = bytes;
    header.isWatched = bytes > 0 && (options & TYPECHANGED) === 0;
    // Whoever moves sound with the processor instead of the device is counted.
    if (header.isWatched) this.kernel.memory.copies.watch(data, bytes);
    this.headerCount++;
    this.byteCount += bytes;
    this.options = (this.options | options) >>> 0;
    return STATUS_SUCCESS;
  }

  #headerAt(index: number): StreamHeader {
    const known = this.#headers[index];
    if (known !== undefined) return known;
    const made = new StreamHeader(this.kernel);
    this.#headers.push(made);
    return made;
  }

  /** Tells the reader that sound was lost before the byte `offset` bytes into the packet. */
  markDiscontinuity(offset: number): void {
    if (this.irp !== null) this.#setOptions(this.irp, this.headerOf(offset), DATADISCONTINUITY);
  }

  /** When the first byte of a read was captured: the reader is told when the packet is done. */
  stamp(startTicks: number, bytesPerSecond: number): void {
    this.#startTicks = startTicks;
    this.#bytesPerSecond = bytesPerSecond;
  }

  /**
   * Writes down how many of the packet's bytes were moved: a read tells it header by header in
   * DataUsed and as many headers as were used, at least one; a write tells the sum.
   */
  account(irp: Irp, bytes: number): void {
    if (this.isWrite) {
      irp.ioStatus.information = bytes;
      return;
    }
    const { DataUsed } = KSSTREAM_HEADER.layout(irp.pointerBytes).offsets;
    const { view } = this.kernel.memory.ram;
    let information = 0;
    for (let index = 0; index < this.headerCount; index++) {
      const header = this.header(index);
      const { at, byteCount, firstByte, size } = header;
      const used = Math.max(0, Math.min(byteCount, bytes - firstByte));
      view.setUint32(at + DataUsed, used, true);
      if (used > 0 && this.#bytesPerSecond > 0) this.#writeTimes(irp, header, used);
      if (used > 0 || index === 0) information = at + size - this.header(0).at;
    }
    irp.ioStatus.information = information;
  }

  #writeTimes(irp: Irp, header: StreamHeader, usedBytes: number): void {
    const { offsets } = KSSTREAM_HEADER.layout(irp.pointerBytes);
    const { view } = this.kernel.memory.ram;
    const { at, firstByte } = header;
    const behindTicks = ticksOfBytes(firstByte, this.#bytesPerSecond);
    writeU64(view, at + offsets.PresentationTime, this.#startTicks + behindTicks);
    view.setUint32(at + offsets.PresentationNumerator, 1, true);
    view.setUint32(at + offsets.PresentationDenominator, 1, true);
    writeU64(view, at + offsets.Duration, ticksOfBytes(usedBytes, this.#bytesPerSecond));
    this.#setOptions(irp, header, TIMEVALID | DURATIONVALID);
  }

  #setOptions(irp: Irp, { at }: StreamHeader, options: number): void {
    const optionsAt = at + KSSTREAM_HEADER.layout(irp.pointerBytes).offsets.OptionsFlags;
    const { view } = this.kernel.memory.ram;
    view.setUint32(optionsAt, (view.getUint32(optionsAt, true) | options) >>> 0, true);
  }

  /** Unlocks the buffers and forgets the request. */
  release(): void {
    const { copies } = this.kernel.memory;
    for (let index = 0; index < this.headerCount; index++) {
      const { buffer, byteCount, isWatched } = this.header(index);
      if (isWatched) copies.unwatch(buffer.address, byteCount);
      buffer.unlock();
    }
    this.headerCount = 0;
    this.irp = null;
  }
}

/** A time counts when its bit is set, and then it needs a scale. */
function isTimeSane(
  view: DataView,
  at: number,
  offsets: (typeof KSSTREAM_HEADER)['offsets'],
  options: number,
): boolean {
  if ((options & TIMEVALID) === 0) return true;
  return (
    view.getUint32(at + offsets.PresentationNumerator, true) !== 0 &&
    view.getUint32(at + offsets.PresentationDenominator, true) !== 0
  );
}
