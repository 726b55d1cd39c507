/**
 * Stream requests made by hand: any KSSTREAM_HEADERs at all, several to a request, with buffers
 * wherever a test has them.
 */
import type { VirtualAddress } from '../../src/base/brand.ts';
import { virtual } from '../../src/base/brand.ts';
import { roundUp, type StructValue } from '../../src/base/struct.ts';
import type { KsObject } from '../../src/client/ks-object.ts';
import type { OverlappedRequest } from '../../src/kernel/io/overlapped-request.ts';
import { IOCTL_KS_READ_STREAM, IOCTL_KS_WRITE_STREAM } from '../../src/standards/ks/requests.ts';
import { KSSTREAM_HEADER } from '../../src/standards/ks/stream-packets.ts';
import { statusName } from '../../src/standards/nt/ntstatus.ts';

export type Header = Partial<StructValue<typeof KSSTREAM_HEADER.fields>>;

export interface SentHeaders {
  readonly request: OverlappedRequest;
  /** Where the headers lie. */
  readonly at: VirtualAddress;
  readonly bytes: number;
  /** `pending`, or the status without its prefix. */
  readonly fate: string;
  header(index: number): StructValue<typeof KSSTREAM_HEADER.fields>;
}

/** Sends headers in one request; a header is `Size` bytes long, or as long as the struct is. */
export function sendHeaders(
  pin: KsObject,
  direction: 'read' | 'write',
  headers: readonly Header[],
  totalBytes?: number,
): SentHeaders {
  const { process, ram } = pin.home;
  const layout = KSSTREAM_HEADER.layout(process.pointerBytes);
  const sizes = headers.map(({ Size = layout.size }) => Math.max(Size, layout.size));
  const bytes = sizes.reduce((sum, size) => sum + roundUp(size, 8), 0);
  const at = process.alloc(Math.max(bytes, 1));
  const places: number[] = [];
  let next: number = at;
  headers.forEach((header, index) => {
    places.push(next);
    layout.write(ram.view, next, {
      Size: layout.size,
      PresentationNumerator: 1,
      PresentationDenominator: 1,
      ...header,
    });
    next += roundUp(sizes[index] ?? 0, 8);
  });
  const code = direction === 'write' ? IOCTL_KS_WRITE_STREAM : IOCTL_KS_READ_STREAM;
  const request = process.deviceIoControlAsync(
    pin.handle,
    code,
    virtual(0),
    0,
    at,
    totalBytes ?? bytes,
  );
  return {
    request,
    at,
    bytes,
    get fate() {
      return request.isDone ? statusName(request.status).replace(/^STATUS_/, '') : 'pending';
    },
    header: (index) => layout.read(ram.view, places[index] ?? 0),
  };
}

/** A header over a whole buffer that is to be written. */
export const soundAt = (at: VirtualAddress, bytes: number, options = 0): Header => ({
  Data: at,
  FrameExtent: bytes,
  DataUsed: bytes,
  OptionsFlags: options,
});

/** A header over a buffer that is to be read into. */
export const roomAt = (at: VirtualAddress, bytes: number): Header => ({
  Data: at,
  FrameExtent: bytes,
});
