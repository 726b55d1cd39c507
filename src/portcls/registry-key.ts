/**
 * IRegistryKey: an open registry key that a driver holds as an object. The kernel's registry does
 * the work; this adds the keys that belong to a device, QueryRegistryValues, and a handle that is
 * closed with the last reference. Source: IRegistryKey, PcNewRegistryKey, IPort::NewRegistryKey,
 * "Registry Key Objects"; for the device's keys IoOpenDeviceRegistryKey.
 */
import { Out } from '../base/out.ts';
import type { DeviceObject } from '../kernel/io/device.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { checkHandle, KEY_QUERY_VALUE, type RegistryHandle } from '../kernel/registry.ts';
import * as information from '../kernel/registry-information.ts';
import { REG_EXPAND_SZ, REG_MULTI_SZ, REG_SZ, type RegistryValue } from '../kernel/registry-key.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_INVALID_PARAMETER,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import { IID_IRegistryKey, type IRegistryKey, RegistryKeyType } from './ddi/port.ts';
import { type RegistryQueryEntry, RTL_QUERY_REGISTRY_REQUIRED } from './ddi/registry-query.ts';
import { ComObject, type IUnknown, type ObjectHome } from './ddi/unknown.ts';

/** Hands over a REG_MULTI_SZ whole, and a REG_EXPAND_SZ as what it is. */
export const RTL_QUERY_REGISTRY_NOEXPAND = 0x10;
const KNOWN_QUERY_FLAGS = RTL_QUERY_REGISTRY_REQUIRED | RTL_QUERY_REGISTRY_NOEXPAND;
/** A key that a restart forgets; the machine's registry forgets every key. */
const REG_OPTION_VOLATILE = 1;

const CONTROL_SET = '\\Registry\\Machine\\System\\CurrentControlSet';
const MEDIA_CLASS = `${CONTROL_SET}\\Control\\Class\\{4D36E96C-E325-11CE-BFC1-08002BE10318}`;
const HARDWARE_PROFILE = `${CONTROL_SET}\\Hardware Profiles\\Current\\System\\CurrentControlSet`;
const NO_BYTES = new Uint8Array(0);

type Bytes = Uint8Array | null;
/** Takes the size that a whole answer needs. */
type Size = Out<number>;

/** All methods at PASSIVE_LEVEL. After DeleteKey they give STATUS_INVALID_HANDLE. */
export class RegistryKeyObject extends ComObject implements IRegistryKey {
  readonly #kernel: Kernel;
  readonly #home: ObjectHome;
  readonly #handle: RegistryHandle;

  /** Takes over the handle. */
  constructor(kernel: Kernel, home: ObjectHome, handle: RegistryHandle) {
    super(home, 'portcls', `registry key ${handle.key.name}`, [IID_IRegistryKey]);
    this.#kernel = kernel;
    this.#home = home;
    this.#handle = handle;
  }

  /**
   * Fills the buffer with a KEY_*_INFORMATION. STATUS_BUFFER_OVERFLOW when part of it fits,
   * STATUS_BUFFER_TOO_SMALL when nothing does; `needed` is the size of the whole answer.
   * STATUS_INVALID_PARAMETER for an unknown class, STATUS_ACCESS_DENIED without KEY_QUERY_VALUE.
   */
  queryKey(kind: number, buffer: Bytes, length: number, needed: Size): NtStatus {
    return information.queryKey(this.#handle, kind, firstBytes(buffer, length), needed);
  }

  /** As QueryKey, of the `index`-th subkey: STATUS_NO_MORE_ENTRIES past the last. */
  enumerateKey(index: number, kind: number, buffer: Bytes, length: number, needed: Size): NtStatus {
    const room = firstBytes(buffer, length);
    return information.enumerateKey(this.#handle, index, kind, room, needed);
  }

  /** As QueryKey, with a KEY_VALUE_*_INFORMATION. STATUS_OBJECT_NAME_NOT_FOUND without it. */
  queryValueKey(name: string, kind: number, buffer: Bytes, length: number, needed: Size): NtStatus {
    const room = firstBytes(buffer, length);
    return information.queryValueKey(this.#handle, name, kind, room, needed);
  }

  /** As QueryValueKey, of the `index`-th value: STATUS_NO_MORE_ENTRIES past the last. */
  enumerateValueKey(
    index: number,
    kind: number,
    buffer: Bytes,
    length: number,
    needed: Size,
  ): NtStatus {
    const room = firstBytes(buffer, length);
    return information.enumerateValueKey(this.#handle, index, kind, room, needed);
  }

  /**
   * Writes a value; null names the key's default value. STATUS_ACCESS_DENIED without
   * KEY_SET_VALUE, STATUS_INVALID_PARAMETER for a size that the data does not have.
   */
  setValueKey(valueName: string | null, type: number, data: Bytes, dataSize: number): NtStatus {
    const bytes = firstBytes(data, dataSize);
    if (bytes.length !== dataSize) return STATUS_INVALID_PARAMETER;
    return this.#kernel.registry.setValue(this.#handle, valueName ?? '', type, bytes);
  }

  /**
   * Calls a routine for each value of the table, up to the entry without a name. A missing value is
   * passed over, or STATUS_OBJECT_NAME_NOT_FOUND where it is required. A routine's error ends the
   * walk and is returned. STATUS_INVALID_PARAMETER, before any routine is called, for a table
   * without an end or with flags other than REQUIRED and NOEXPAND.
   */
  queryRegistryValues(queryTable: readonly RegistryQueryEntry[], context: unknown): NtStatus {
    const end = queryTable.findIndex((entry) => entry.name === null);
    const entries = queryTable.slice(0, end);
    if (end < 0 || entries.some((entry) => (entry.flags & ~KNOWN_QUERY_FLAGS) !== 0)) {
      return STATUS_INVALID_PARAMETER;
    }
    const access = checkHandle(this.#handle, KEY_QUERY_VALUE);
    if (!ntSuccess(access)) return access;
    for (const entry of entries) {
      const value = this.#handle.key.value(entry.name ?? '');
      if (value === null) {
        if ((entry.flags & RTL_QUERY_REGISTRY_REQUIRED) === 0) continue;
        return STATUS_OBJECT_NAME_NOT_FOUND;
      }
      const status = handOver(entry, value, context);
      if (!ntSuccess(status)) return status;
    }
    return STATUS_SUCCESS;
  }

  /** Opens the subkey, or makes it. Statuses as for PcNewRegistryKey with a GeneralRegistryKey. */
  newSubKey(
    registrySubKey: Out<unknown>,
    outerUnknown: IUnknown | null,
    desiredAccess: number,
    subKeyName: string,
    createOptions: number,
    disposition: Out<number>,
  ): NtStatus {
    registrySubKey.value = null;
    if (outerUnknown !== null || !isOrdinary(createOptions)) return STATUS_NOT_SUPPORTED;
    const handle = new Out<RegistryHandle | null>(null);
    const { registry } = this.#kernel;
    const parent = this.#handle;
    const status = registry.create(parent, subKeyName, desiredAccess, handle, disposition);
    if (handle.value !== null) {
      registrySubKey.value = new RegistryKeyObject(this.#kernel, this.#home, handle.value);
    }
    return status;
  }

  /**
   * Deletes the key and lets go of its handle; other handles of the key are no good any more.
   * STATUS_ACCESS_DENIED unless it was opened with an access that includes DELETE, as
   * KEY_ALL_ACCESS does; STATUS_CANNOT_DELETE while it has subkeys.
   */
  deleteKey(): NtStatus {
    const status = this.#kernel.registry.deleteKey(this.#handle);
    if (ntSuccess(status)) this.#kernel.registry.close(this.#handle);
    return status;
  }

  protected override destroy(): void {
    if (this.#handle.isOpen) this.#kernel.registry.close(this.#handle);
  }
}

/** What of a buffer a call may use: as much as the caller says, and as there is. */
function firstBytes(buffer: Uint8Array | null, length: number): Uint8Array {
  return buffer === null ? NO_BYTES : buffer.subarray(0, length);
}

/** The machine has no variables to expand, so a REG_EXPAND_SZ becomes a REG_SZ as it is. */
function handOver(entry: RegistryQueryEntry, value: RegistryValue, context: unknown): NtStatus {
  const isWhole = (entry.flags & RTL_QUERY_REGISTRY_NOEXPAND) !== 0;
  if (!isWhole && value.type === REG_MULTI_SZ) return handOverEach(entry, value, context);
  const type = !isWhole && value.type === REG_EXPAND_SZ ? REG_SZ : value.type;
  return entry.queryRoutine(value.name, type, value.data.slice(), context);
}

/** Each string of a REG_MULTI_SZ as a REG_SZ; an empty string ends the list. */
function handOverEach(entry: RegistryQueryEntry, value: RegistryValue, context: unknown): NtStatus {
  const { name, data } = value;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  let start = 0;
  for (let at = 0; at + 2 <= data.length; at += 2) {
    if (view.getUint16(at, true) !== 0) continue;
    if (at === start) break;
    const status = entry.queryRoutine(name, REG_SZ, data.slice(start, at + 2), context);
    if (!ntSuccess(status)) return status;
    start = at + 2;
  }
  return STATUS_SUCCESS;
}

/** Neither links nor backups: the registry has none. */
const isOrdinary = (createOptions: number): boolean => (createOptions & ~REG_OPTION_VOLATILE) === 0;

/**
 * Where the registry keeps what belongs to a device: below Enum, below its class for its driver,
 * and below the hardware profile. Windows makes these keys when it finds a device, here the first
 * who asks does. It also numbers the devices of a class as they are installed; nothing is installed
 * here, so the instance path stands in. Null without a device node, or for a type without a key.
 */
export function deviceKeyPath(
  kernel: Kernel,
  device: DeviceObject | null,
  type: number,
): string | null {
  const node = device === null ? null : kernel.pnp.nodeOf(device.bottom);
  if (node === null) return null;
  switch (type) {
    case RegistryKeyType.DeviceRegistryKey:
      return `${kernel.pnp.registryPathOf(node)}\\Device Parameters`;
    case RegistryKeyType.DriverRegistryKey:
      return `${MEDIA_CLASS}\\${node.instancePath.replaceAll('\\', '#')}`;
    case RegistryKeyType.HwProfileRegistryKey:
      return `${HARDWARE_PROFILE}\\Enum\\${node.instancePath}`;
    default:
      return null;
  }
}

/**
 * PcNewRegistryKey. A GeneralRegistryKey is opened or made at the path `objectAttributes`, and
 * `disposition` says which; STATUS_OBJECT_NAME_INVALID for a path outside `\Registry`,
 * STATUS_OBJECT_NAME_NOT_FOUND when the key above it is missing, STATUS_NOT_SUPPORTED for create
 * options of links and backups. The device, driver and hardware profile keys are those of
 * `deviceObject`. STATUS_INVALID_PARAMETER without what the type needs, with a subdevice (drivers
 * must pass null), and for a DeviceInterfaceRegistryKey, which names no interface here. PortCls'
 * objects cannot be aggregated: an outer unknown gives STATUS_NOT_SUPPORTED. PASSIVE_LEVEL.
 */
export function pcNewRegistryKey(
  kernel: Kernel,
  home: ObjectHome,
  outRegistryKey: Out<IRegistryKey | null>,
  outerUnknown: IUnknown | null,
  registryKeyType: number,
  desiredAccess: number,
  deviceObject: DeviceObject | null,
  subDevice: IUnknown | null,
  objectAttributes: string | null,
  createOptions: number | null,
  disposition: Out<number>,
): NtStatus {
  outRegistryKey.value = null;
  if (outerUnknown !== null) return STATUS_NOT_SUPPORTED;
  if (subDevice !== null) return STATUS_INVALID_PARAMETER;
  const isGeneral = registryKeyType === RegistryKeyType.GeneralRegistryKey;
  if (isGeneral && !isOrdinary(createOptions ?? 0)) return STATUS_NOT_SUPPORTED;
  const path = isGeneral ? objectAttributes : deviceKeyPath(kernel, deviceObject, registryKeyType);
  if (path === null) return STATUS_INVALID_PARAMETER;
  if (!isGeneral) kernel.registry.ensure(path);
  const handle = new Out<RegistryHandle | null>(null);
  const told = isGeneral ? disposition : null;
  const status = kernel.registry.create(null, path, desiredAccess, handle, told);
  if (handle.value !== null) {
    outRegistryKey.value = new RegistryKeyObject(kernel, home, handle.value);
  }
  return status;
}
