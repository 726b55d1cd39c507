/**
 * Opening a stream as the audio engine does: pin with the format, cyclic buffer of the wanted
 * size, hardware latency. The strict client, which Windows' engine is, gives a stream up when the
 * driver returns a smaller buffer than it was asked for.
 */
import { ntSuccess, STATUS_NOT_SUPPORTED } from '../standards/nt/ntstatus.ts';
import type { PcmFormat } from '../standards/pcm/format.ts';
import type { KsFilter } from './ks-filter.ts';
import { KsError } from './ks-object.ts';
import type { BufferView, HardwareLatency, KsPin } from './ks-pin.ts';

export interface OpenStream {
  readonly pin: KsPin;
  readonly buffer: BufferView;
  readonly latency: HardwareLatency;
}

/** The driver returned a buffer that a strict client refuses. */
export class SmallBufferError extends Error {
  constructor(requestedBytes: number, actualBytes: number) {
    super(
      `the driver returned a buffer of ${actualBytes} bytes for ${requestedBytes} requested; ` +
        'the audio engine gives such a stream up (ActualSize must be at least RequestedSize)',
    );
  }
}

/** The driver has no streams with notification. */
export class NoNotificationError extends KsError {}

export interface OpenStreamOptions {
  /** Notifications per pass through the buffer; a stream without them if absent. */
  readonly notificationCount?: number;
  readonly acceptSmaller?: boolean;
}

/** @throws KsError when the driver stack refuses, SmallBufferError when the client does. */
export function openStream(
  filter: KsFilter,
  pinId: number,
  format: PcmFormat,
  requestedBytes: number,
  { notificationCount, acceptSmaller = false }: OpenStreamOptions = {},
): OpenStream {
  const pin = filter.openPin(pinId, format);
  try {
    const { status, buffer } =
      notificationCount === undefined
        ? pin.tryAllocateBuffer(requestedBytes)
        : pin.tryAllocateBufferWithNotification(requestedBytes, notificationCount);
    if (!ntSuccess(status) || buffer === null) {
      const isUnknown = notificationCount !== undefined && status === STATUS_NOT_SUPPORTED;
      const Refusal = isUnknown ? NoNotificationError : KsError;
      throw new Refusal(`requesting a cyclic buffer of ${requestedBytes} bytes`, status);
    }
    if (buffer.actualBytes < requestedBytes && !acceptSmaller) {
      throw new SmallBufferError(requestedBytes, buffer.actualBytes);
    }
    return { pin, buffer, latency: pin.hardwareLatency() };
  } catch (error) {
    pin.close();
    throw error;
  }
}
