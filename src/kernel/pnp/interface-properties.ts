/**
 * The properties of one device interface: values under keys, of which each language may have its
 * own. A value that is not persistent is forgotten when the device goes. Source:
 * IoSetDeviceInterfacePropertyData, IoGetDeviceInterfacePropertyData.
 */
import {
  type DEVPROPTYPE,
  type DevicePropertyKey,
  isSameKey,
  type LCID,
  LOCALE_SYSTEM_DEFAULT,
  LOCALE_USER_DEFAULT,
  PLUGPLAY_PROPERTY_PERSISTENT,
} from '../../standards/nt/device-properties.ts';
import {
  type NtStatus,
  STATUS_INVALID_PARAMETER,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../standards/nt/ntstatus.ts';

export interface InterfaceProperty {
  readonly key: DevicePropertyKey;
  readonly lcid: LCID;
  readonly type: DEVPROPTYPE;
  readonly data: Uint8Array;
  readonly isPersistent: boolean;
}

export class InterfaceProperties {
  readonly #list: InterfaceProperty[] = [];

  /**
   * Keeps a copy of `data`, or deletes the value if it is null. STATUS_UNSUCCESSFUL for an LCID
   * that is none, STATUS_INVALID_PARAMETER for unknown flags.
   */
  set(
    key: DevicePropertyKey,
    lcid: LCID,
    flags: number,
    type: DEVPROPTYPE,
    data: Uint8Array | null,
  ): NtStatus {
    if (lcid === LOCALE_SYSTEM_DEFAULT || lcid === LOCALE_USER_DEFAULT) return STATUS_UNSUCCESSFUL;
    if ((flags & ~PLUGPLAY_PROPERTY_PERSISTENT) !== 0) return STATUS_INVALID_PARAMETER;
    const index = this.#list.findIndex((each) => isSameKey(each.key, key) && each.lcid === lcid);
    if (index >= 0) this.#list.splice(index, 1);
    if (data === null) return STATUS_SUCCESS;
    const isPersistent = flags === PLUGPLAY_PROPERTY_PERSISTENT;
    this.#list.push({ key, lcid, type, data: data.slice(), isPersistent });
    return STATUS_SUCCESS;
  }

  /** Null when there is none under the key in that language. */
  get(key: DevicePropertyKey, lcid: LCID): InterfaceProperty | null {
    return this.#list.find((each) => isSameKey(each.key, key) && each.lcid === lcid) ?? null;
  }

  /** The device is gone: what is not persistent goes with it. */
  forgetPassing(): void {
    const kept = this.#list.filter(({ isPersistent }) => isPersistent);
    this.#list.splice(0, this.#list.length, ...kept);
  }
}
