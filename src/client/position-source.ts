/**
 * How far the device has fetched, as a client finds it out: from KSPROPERTY_AUDIO_POSITION, a
 * request each time, or from the mapped position register, a read that nobody else sees. The
 * register counts what the controller has sent; one FIFO more has been fetched, once it has sent
 * anything. Source: KSPROPERTY_RTAUDIO_POSITIONREGISTER, KSRTAUDIO_HWLATENCY.
 */
import type { IoSpace } from '../kernel/memory/io-space.ts';
import type { HardwareRegister, KsPin } from './ks-pin.ts';

export interface PositionSource {
  readonly kind: 'property' | 'register';
  /** Byte offset in the cyclic buffer up to which the device has fetched. */
  readWriteOffset(): number;
}

/** The property: works with every driver. */
export function propertyPosition(pin: KsPin): PositionSource {
  return {
    kind: 'property',
    readWriteOffset() {
      pin.check('POSITION', pin.readPosition());
      return pin.writeOffset;
    },
  };
}

/**
 * The register, mapped once for the life of the pin; the property where the driver offers none
 * that is 32 bits wide.
 */
export function registerPosition(
  pin: KsPin,
  ioSpace: IoSpace,
  bufferBytes: number,
  fifoBytes: number,
): PositionSource {
  const { register } = pin.tryMapRegister('position');
  if (register === null || register.widthBits !== 32) return propertyPosition(pin);
  return new RegisterPosition(ioSpace, register, bufferBytes, fifoBytes);
}

class RegisterPosition implements PositionSource {
  readonly kind = 'register';
  readonly #ioSpace: IoSpace;
  readonly #register: HardwareRegister;
  readonly #bufferBytes: number;
  readonly #fifoBytes: number;
  #hasSent = false;

  constructor(
    ioSpace: IoSpace,
    register: HardwareRegister,
    bufferBytes: number,
    fifoBytes: number,
  ) {
    this.#ioSpace = ioSpace;
    this.#register = register;
    this.#bufferBytes = bufferBytes;
    this.#fifoBytes = fifoBytes;
  }

  readWriteOffset(): number {
    const sentBytes = this.#ioSpace.readRegister(this.#register.address, 4);
    this.#hasSent ||= sentBytes > 0;
    return this.#hasSent ? (sentBytes + this.#fifoBytes) % this.#bufferBytes : 0;
  }
}
