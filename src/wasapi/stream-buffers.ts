/**
 * IAudioRenderClient and IAudioCaptureClient: the client's buffer, lent and given back in turn.
 * Each GetBuffer is followed by its ReleaseBuffer; whoever breaks that order is told so. Source:
 * the pages of both interfaces.
 */
import { type VirtualAddress, virtual } from '../base/brand.ts';
import type { Out } from '../base/out.ts';
import type { CaptureStream, ReadablePacket, RenderStream } from '../engine/client-stream.ts';
import type { Ram } from '../kernel/memory/ram.ts';
import { frameBytes, type PcmFormat } from '../standards/pcm/format.ts';
import { AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY, AUDCLNT_BUFFERFLAGS_SILENT } from './constants.ts';
import {
  AUDCLNT_E_BUFFER_SIZE_ERROR,
  AUDCLNT_E_BUFFER_TOO_LARGE,
  AUDCLNT_E_DEVICE_INVALIDATED,
  AUDCLNT_E_INVALID_SIZE,
  AUDCLNT_E_OUT_OF_ORDER,
  AUDCLNT_S_BUFFER_EMPTY,
  E_INVALIDARG,
  type HResult,
  S_OK,
} from './hresult.ts';
import type { CaptureBuffer, IAudioCaptureClient, IAudioRenderClient } from './interfaces.ts';
import { Reference } from './reference.ts';

const UNSIGNED_SILENCE = 0x80;

/** Whether a buffer is lent; the client's Reset asks. */
export interface BufferLoan {
  isLent: boolean;
}

export class AudioRenderClient extends Reference implements IAudioRenderClient {
  readonly #stream: RenderStream;
  readonly #ram: Ram;
  readonly #frameBytes: number;
  readonly #silentByte: number;
  readonly #loan: BufferLoan;
  #lentFrames = 0;
  #lentAt: VirtualAddress = virtual(0);

  constructor(
    stream: RenderStream,
    format: PcmFormat,
    ram: Ram,
    loan: BufferLoan,
    over: () => void,
  ) {
    super(over);
    this.#stream = stream;
    this.#ram = ram;
    this.#frameBytes = frameBytes(format);
    this.#silentByte = format.containerBits === 8 ? UNSIGNED_SILENCE : 0;
    this.#loan = loan;
  }

  getBuffer(frames: number, data: Out<VirtualAddress>): HResult {
    const stream = this.#stream;
    if (stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    if (this.#loan.isLent) return AUDCLNT_E_OUT_OF_ORDER;
    if (frames === 0) return S_OK;
    if (stream.isWholeBuffer && frames !== stream.bufferFrames) return AUDCLNT_E_BUFFER_SIZE_ERROR;
    if (frames > stream.bufferFrames - stream.paddingFrames()) return AUDCLNT_E_BUFFER_TOO_LARGE;
    this.#lentAt = stream.writeAt(frames);
    this.#lentFrames = frames;
    this.#loan.isLent = true;
    data.value = this.#lentAt;
    return S_OK;
  }

  releaseBuffer(frames: number, flags: number): HResult {
    const stream = this.#stream;
    if ((flags & ~AUDCLNT_BUFFERFLAGS_SILENT) !== 0) return E_INVALIDARG;
    if (!this.#loan.isLent) return frames === 0 ? S_OK : AUDCLNT_E_OUT_OF_ORDER;
    if (frames > this.#lentFrames) return AUDCLNT_E_INVALID_SIZE;
    if (stream.isWholeBuffer && frames !== this.#lentFrames) return AUDCLNT_E_BUFFER_SIZE_ERROR;
    this.#loan.isLent = false;
    if (stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    if (frames === 0) return S_OK;
    if (flags === AUDCLNT_BUFFERFLAGS_SILENT) {
      const end = this.#lentAt + frames * this.#frameBytes;
      this.#ram.bytes.fill(this.#silentByte, this.#lentAt, end);
    }
    stream.wrote(frames);
    return S_OK;
  }
}

export class AudioCaptureClient extends Reference implements IAudioCaptureClient {
  readonly #stream: CaptureStream;
  readonly #loan: BufferLoan;
  #lent: ReadablePacket | null = null;

  constructor(stream: CaptureStream, loan: BufferLoan, over: () => void) {
    super(over);
    this.#stream = stream;
    this.#loan = loan;
  }

  getBuffer(buffer: CaptureBuffer): HResult {
    if (this.#stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    if (this.#loan.isLent) return AUDCLNT_E_OUT_OF_ORDER;
    const packet = this.#stream.peek();
    if (packet === null) {
      buffer.frames = 0;
      return AUDCLNT_S_BUFFER_EMPTY;
    }
    this.#lent = packet;
    this.#loan.isLent = true;
    buffer.data = packet.at;
    buffer.frames = packet.frames;
    buffer.flags = packet.isDiscontinuous ? AUDCLNT_BUFFERFLAGS_DATA_DISCONTINUITY : 0;
    buffer.devicePosition = packet.position;
    buffer.performanceCounter = packet.performanceCounter;
    return S_OK;
  }

  /** All of the packet, or nothing: then the next GetBuffer gives it again. */
  releaseBuffer(frames: number): HResult {
    if (!this.#loan.isLent) return frames === 0 ? S_OK : AUDCLNT_E_OUT_OF_ORDER;
    if (frames !== 0 && frames !== this.#lent?.frames) return AUDCLNT_E_INVALID_SIZE;
    this.#loan.isLent = false;
    this.#lent = null;
    if (this.#stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    if (frames !== 0) this.#stream.read();
    return S_OK;
  }

  getNextPacketSize(frames: Out<number>): HResult {
    if (this.#stream.isInvalidated) return AUDCLNT_E_DEVICE_INVALIDATED;
    frames.value = this.#stream.peek()?.frames ?? 0;
    return S_OK;
  }
}
