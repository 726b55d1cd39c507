/**
 * One packet of a client's: memory for the sound, the KSSTREAM_HEADER that describes it, and the
 * OVERLAPPED that it is sent with. It is sent again whenever it has come back, without allocating.
 * Source: IOCTL_KS_WRITE_STREAM, IOCTL_KS_READ_STREAM, KSSTREAM_HEADER.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import { readU64 } from '../base/struct.ts';
import type { OverlappedRequest } from '../kernel/io/overlapped-request.ts';
import { IOCTL_KS_READ_STREAM, IOCTL_KS_WRITE_STREAM } from '../standards/ks/requests.ts';
import { KSSTREAM_HEADER } from '../standards/ks/stream-packets.ts';
import type { ClientHome } from './ks-object.ts';

const NOTHING = virtual(0);

export class StreamPacket {
  readonly request: OverlappedRequest;
  /** Where the sound lies, and how much there is room for. */
  readonly dataAt: VirtualAddress;
  readonly roomBytes: number;
  /** Whether the packet was sent and has not come back. */
  isSent = false;
  readonly #home: ClientHome;
  readonly #handle: number;
  readonly #layout: (typeof KSSTREAM_HEADER)['offsets'];
  readonly #headerAt: VirtualAddress;
  readonly #headerBytes: number;
  /** The packet's own memory; null where the sound lies in memory of its client's. */
  readonly #blockAt: VirtualAddress | null;

  /**
   * `offset` puts the sound off the start of its first page; where it lies in the client's own
   * memory `givenAt` says where. @throws Error when RAM is exhausted
   */
  constructor(
    home: ClientHome,
    handle: number,
    roomBytes: number,
    returned: ((packet: StreamPacket) => void) | null = null,
    offset = 0,
    givenAt: VirtualAddress | null = null,
  ) {
    const { process } = home;
    const layout = KSSTREAM_HEADER.layout(process.pointerBytes);
    this.#home = home;
    this.#handle = handle;
    this.#layout = layout.offsets;
    this.#headerBytes = layout.size;
    this.#headerAt = process.alloc(layout.size);
    this.#blockAt = givenAt === null ? process.alloc(roomBytes + offset) : null;
    this.dataAt = virtual((this.#blockAt ?? givenAt ?? 0) + offset);
    this.roomBytes = roomBytes;
    this.request = process.createOverlapped(() => {
      this.isSent = false;
      returned?.(this);
    });
    layout.write(home.ram.view, this.#headerAt, {
      Size: layout.size,
      PresentationNumerator: 1,
      PresentationDenominator: 1,
      FrameExtent: roomBytes,
      Data: this.dataAt,
    });
  }

  /** Sends the first `bytes` bytes to a render pin. */
  write(bytes: number, options = 0): void {
    this.#send(IOCTL_KS_WRITE_STREAM, bytes, options);
  }

  /** Sends the empty packet to a capture pin. */
  read(options = 0): void {
    this.#send(IOCTL_KS_READ_STREAM, 0, options);
  }

  /** DataUsed: bytes that a capture pin has put into the packet. */
  get usedBytes(): number {
    return this.#home.ram.view.getUint32(this.#headerAt + this.#layout.DataUsed, true);
  }

  /** OptionsFlags: as they were sent, and what a capture pin has added to them. */
  get options(): number {
    return this.#home.ram.view.getUint32(this.#headerAt + this.#layout.OptionsFlags, true);
  }

  /** PresentationTime, in units of 100 ns; counts when OptionsFlags have TIMEVALID. */
  get presentationTime(): number {
    return readU64(this.#home.ram.view, this.#headerAt + this.#layout.PresentationTime);
  }

  /** Duration, in units of 100 ns; counts when OptionsFlags have DURATIONVALID. */
  get duration(): number {
    return readU64(this.#home.ram.view, this.#headerAt + this.#layout.Duration);
  }

  /** CancelIoEx. */
  cancel(): boolean {
    return this.request.cancel();
  }

  /** @throws Error while the packet is sent */
  free(): void {
    if (this.isSent) throw new Error('a packet is freed while it is sent');
    this.#home.process.free(this.#headerAt);
    if (this.#blockAt !== null) this.#home.process.free(this.#blockAt);
  }

  #send(controlCode: number, usedBytes: number, options: number): void {
    const { process, ram } = this.#home;
    ram.view.setUint32(this.#headerAt + this.#layout.DataUsed, usedBytes, true);
    ram.view.setUint32(this.#headerAt + this.#layout.OptionsFlags, options, true);
    this.isSent = true;
    process.sendOverlapped(
      this.request,
      this.#handle,
      controlCode,
      NOTHING,
      0,
      this.#headerAt,
      this.#headerBytes,
    );
  }
}
