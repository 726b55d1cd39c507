/**
 * Device interfaces: how a client finds a device by category and opens it by a link. A driver
 * registers an interface, which names it, and enables it, which shows it; those who asked are told
 * when one arrives or goes (Microsoft: "Device interface classes").
 */
import type { Guid } from '../../base/guid.ts';
import type { Out } from '../../base/out.ts';
import { type Trace, traceKind } from '../../sim/trace.ts';
import type { DEVPROPTYPE, DevicePropertyKey, LCID } from '../../standards/nt/device-properties.ts';
import {
  type NtStatus,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_INVALID_PARAMETER,
  STATUS_OBJECT_NAME_EXISTS,
  STATUS_OBJECT_NAME_NOT_FOUND,
  STATUS_SUCCESS,
} from '../../standards/nt/ntstatus.ts';
import type { DeviceObject } from '../io/device.ts';
import { InterfaceProperties, type InterfaceProperty } from './interface-properties.ts';

export interface DeviceInterface {
  readonly symbolicLinkName: string;
  readonly device: DeviceObject;
  readonly category: Guid;
  readonly referenceString: string;
  readonly properties: InterfaceProperties;
  isEnabled: boolean;
}

/** Hears of a property that was set or deleted. */
export type PropertyListener = (changed: DeviceInterface, key: DevicePropertyKey) => void;

/** DEVICE_INTERFACE_CHANGE_NOTIFICATION. */
export interface InterfaceChange {
  readonly event: 'arrival' | 'removal';
  readonly category: Guid;
  readonly symbolicLinkName: string;
}

export type InterfaceChangeCallback = (change: InterfaceChange) => void;

/** What IoRegisterPlugPlayNotification gives, and IoUnregisterPlugPlayNotification takes. */
export interface NotificationEntry {
  readonly category: Guid;
  readonly callback: InterfaceChangeCallback;
}

const DEVICE_CLASSES = '\\Registry\\Machine\\System\\CurrentControlSet\\Control\\DeviceClasses';

const interfaceChanged = traceKind('interface', 'link:text', 'enabled:dec');

export class DeviceInterfaces {
  readonly #trace: Trace;
  readonly #instancePathOf: (pdo: DeviceObject) => string | null;
  /** By link in upper case: links compare without regard to case. */
  readonly #byLink = new Map<string, DeviceInterface>();
  readonly #notifications: NotificationEntry[] = [];
  /** Who holds what drivers set against the rules for it. */
  propertyListener: PropertyListener | null = null;

  /** `instancePathOf` knows the device of a PDO; null for any other device object. */
  constructor(trace: Trace, instancePathOf: (pdo: DeviceObject) => string | null) {
    this.#trace = trace;
    this.#instancePathOf = instancePathOf;
  }

  /**
   * IoRegisterDeviceInterface: gives the link `\\?\hardware#id#instance#{category}\reference`.
   * Registering the same again gives the same link. STATUS_INVALID_DEVICE_REQUEST unless `pdo` is
   * one, STATUS_INVALID_PARAMETER for a slash in the reference string. PASSIVE_LEVEL.
   */
  IoRegisterDeviceInterface(
    pdo: DeviceObject,
    category: Guid,
    referenceString: string,
    symbolicLinkName: Out<string>,
  ): NtStatus {
    const instancePath = this.#instancePathOf(pdo);
    if (instancePath === null) return STATUS_INVALID_DEVICE_REQUEST;
    if (/[\\/]/.test(referenceString)) return STATUS_INVALID_PARAMETER;
    const device = instancePath.replaceAll('\\', '#');
    const tail = referenceString === '' ? '' : `\\${referenceString}`;
    const link = `\\\\?\\${device}#${category.text.toLowerCase()}${tail}`;
    symbolicLinkName.value = link;
    const known = this.#byLink.get(link.toUpperCase());
    if (known === undefined || known.device !== pdo) {
      this.#byLink.set(link.toUpperCase(), {
        symbolicLinkName: link,
        device: pdo,
        category,
        referenceString,
        properties: known?.properties ?? new InterfaceProperties(),
        isEnabled: false,
      });
    }
    return STATUS_SUCCESS;
  }

  /**
   * IoSetDeviceInterfaceState. Enabling an enabled interface is STATUS_OBJECT_NAME_EXISTS (a
   * success), disabling one that is off, or an unknown link, STATUS_OBJECT_NAME_NOT_FOUND.
   * PASSIVE_LEVEL.
   */
  IoSetDeviceInterfaceState(symbolicLinkName: string, enable: boolean): NtStatus {
    const found = this.#byLink.get(symbolicLinkName.toUpperCase());
    if (found === undefined) return STATUS_OBJECT_NAME_NOT_FOUND;
    if (found.isEnabled === enable) {
      return enable ? STATUS_OBJECT_NAME_EXISTS : STATUS_OBJECT_NAME_NOT_FOUND;
    }
    found.isEnabled = enable;
    this.#trace.write(interfaceChanged, this.#trace.text(found.symbolicLinkName), enable ? 1 : 0);
    const { category } = found;
    const event = enable ? 'arrival' : 'removal';
    const change = { event, category, symbolicLinkName: found.symbolicLinkName } as const;
    for (const entry of [...this.#notifications]) {
      if (entry.category === category) entry.callback(change);
    }
    return STATUS_SUCCESS;
  }

  /**
   * IoSetDeviceInterfacePropertyData: sets a property, or deletes it if `data` is null. For the
   * statuses see InterfaceProperties; an unknown link is STATUS_OBJECT_NAME_NOT_FOUND.
   * PASSIVE_LEVEL.
   */
  IoSetDeviceInterfacePropertyData(
    symbolicLinkName: string,
    key: DevicePropertyKey,
    lcid: LCID,
    flags: number,
    type: DEVPROPTYPE,
    data: Uint8Array | null,
  ): NtStatus {
    const found = this.find(symbolicLinkName);
    if (found === null) return STATUS_OBJECT_NAME_NOT_FOUND;
    const status = found.properties.set(key, lcid, flags, type, data);
    if (status === STATUS_SUCCESS) this.propertyListener?.(found, key);
    return status;
  }

  /** What a property of an interface is; null when it, or the interface, is not there. */
  propertyOf(link: string, key: DevicePropertyKey, lcid: LCID): InterfaceProperty | null {
    return this.find(link)?.properties.get(key, lcid) ?? null;
  }

  /** IoGetDeviceInterfaces: the enabled links of a category, oldest registration first. */
  enumerate(category: Guid): string[] {
    return [...this.#byLink.values()]
      .filter((each) => each.isEnabled && each.category === category)
      .map((each) => each.symbolicLinkName);
  }

  /** The interface behind a link, enabled or not; null when nobody registered it. */
  find(symbolicLinkName: string): DeviceInterface | null {
    return this.#byLink.get(symbolicLinkName.toUpperCase()) ?? null;
  }

  /** What opening a link leads to: null unless it is enabled. */
  lookup(symbolicLinkName: string): DeviceInterface | null {
    const found = this.find(symbolicLinkName);
    return found?.isEnabled === true ? found : null;
  }

  /**
   * IoRegisterPlugPlayNotification for a category. Interfaces that are enabled already are
   * reported at once if `includeExisting` (PNPNOTIFY_DEVICE_INTERFACE_INCLUDE_EXISTING_INTERFACES).
   */
  registerNotification(
    category: Guid,
    includeExisting: boolean,
    callback: InterfaceChangeCallback,
  ): NotificationEntry {
    const entry = { category, callback };
    this.#notifications.push(entry);
    if (includeExisting) {
      for (const symbolicLinkName of this.enumerate(category)) {
        callback({ event: 'arrival', category, symbolicLinkName });
      }
    }
    return entry;
  }

  /** IoUnregisterPlugPlayNotification: the callback is not called again. */
  unregisterNotification(entry: NotificationEntry): void {
    const index = this.#notifications.indexOf(entry);
    if (index >= 0) this.#notifications.splice(index, 1);
  }

  /** Turns off the interfaces of a device that has been removed. */
  disableAll(pdo: DeviceObject): void {
    for (const each of this.#byLink.values()) {
      if (each.device !== pdo) continue;
      if (each.isEnabled) this.IoSetDeviceInterfaceState(each.symbolicLinkName, false);
      each.properties.forgetPassing();
    }
  }

  /** Where the registry keeps an interface's values (IoOpenDeviceInterfaceRegistryKey). */
  registryPath(found: DeviceInterface): string {
    const [device = ''] = found.symbolicLinkName.slice(4).split('\\');
    const category = found.category.text.toLowerCase();
    const path = `${DEVICE_CLASSES}\\${category}\\##?#${device}`;
    return `${path}\\#${found.referenceString}\\Device Parameters`;
  }

  outstanding(): string[] {
    return [
      ...[...this.#byLink.values()]
        .filter((each) => each.isEnabled)
        .map((each) => `enabled interface ${each.symbolicLinkName}`),
      ...this.#notifications.map((entry) => `interface notification for ${entry.category.name}`),
    ];
  }
}
