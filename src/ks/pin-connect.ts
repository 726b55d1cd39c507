/**
 * The create request of a pin: the name `{146F1A80-...}\` in UTF-16 and, directly behind it, a
 * KSPIN_CONNECT and a KSDATAFORMAT as bytes. Source: KsCreatePin.
 */
import type { Guid } from '../base/guid.ts';
import type { PointerBytes } from '../base/struct.ts';
import { KSDATAFORMAT } from '../standards/ks/formats.ts';
import { KSNAME_Pin } from '../standards/ks/guids.ts';
import { KSPIN_CONNECT } from '../standards/ks/requests.ts';

/** 38 characters of GUID text and the backslash, two bytes each. */
const NAME_BYTES = 2 * (38 + 1);

export interface PinConnect {
  readonly interfaceSet: Guid;
  readonly interfaceId: number;
  readonly mediumSet: Guid;
  readonly mediumId: number;
  readonly pinId: number;
  readonly pinToHandle: number;
  /** The KSDATAFORMAT with all that its FormatSize covers. */
  readonly format: Uint8Array;
}

/** Whether the name asks for a pin. */
export function isPinName(name: Uint8Array): boolean {
  if (name.length < NAME_BYTES) return false;
  const text = KSNAME_Pin.text;
  for (let index = 0; index < text.length; index++) {
    const unit = (name[2 * index] ?? 0) | ((name[2 * index + 1] ?? 0) << 8);
    if (String.fromCharCode(unit).toUpperCase() !== text[index]) return false;
  }
  return name[NAME_BYTES - 2] === 0x5c && name[NAME_BYTES - 1] === 0;
}

/** Reads the request behind the name; null when it is too short for what it says. */
export function readPinConnect(name: Uint8Array, pointerBytes: PointerBytes): PinConnect | null {
  const layout = KSPIN_CONNECT.layout(pointerBytes);
  const formatAt = NAME_BYTES + layout.size;
  if (name.length < formatAt + KSDATAFORMAT.size) return null;
  const view = new DataView(name.buffer, name.byteOffset, name.byteLength);
  const connect = layout.read(view, NAME_BYTES);
  const formatBytes = view.getUint32(formatAt, true);
  if (formatBytes < KSDATAFORMAT.size || formatAt + formatBytes > name.length) return null;
  return {
    interfaceSet: connect.InterfaceSet,
    interfaceId: connect.InterfaceId,
    mediumSet: connect.MediumSet,
    mediumId: connect.MediumId,
    pinId: connect.PinId,
    pinToHandle: connect.PinToHandle,
    format: name.slice(formatAt),
  };
}

export interface PinConnectRequest extends Omit<PinConnect, 'format'> {
  readonly format: Uint8Array;
}

/** The name that opens a pin, for a client. */
export function writePinName(request: PinConnectRequest, pointerBytes: PointerBytes): Uint8Array {
  const layout = KSPIN_CONNECT.layout(pointerBytes);
  const name = new Uint8Array(NAME_BYTES + layout.size + request.format.length);
  const view = new DataView(name.buffer);
  const text = `${KSNAME_Pin.text}\\`;
  for (let index = 0; index < text.length; index++) {
    view.setUint16(2 * index, text.charCodeAt(index), true);
  }
  layout.write(view, NAME_BYTES, {
    InterfaceSet: request.interfaceSet,
    InterfaceId: request.interfaceId,
    InterfaceFlags: 0,
    MediumSet: request.mediumSet,
    MediumId: request.mediumId,
    MediumFlags: 0,
    PinId: request.pinId,
    PinToHandle: request.pinToHandle,
    PriorityClass: 0x40000000,
    PrioritySubClass: 1,
  });
  name.set(request.format, NAME_BYTES + layout.size);
  return name;
}
