/**
 * The dispatch routines of a port class device, each behind the device lock: before a request gets
 * to a miniport, a device that sleeps is woken, and one that is gone refuses. Source:
 * PcInitializeAdapterDriver, UsePositionLock, "Audio Device Class Inactivity Timer Implementation".
 */

import { readGuid } from '../base/guid.ts';
import type { DeviceObject, DispatchRoutine } from '../kernel/io/device.ts';
import { IRP_MJ_DEVICE_CONTROL } from '../kernel/io/io-codes.ts';
import type { Irp } from '../kernel/io/irp.ts';
import {
  KSPROPSETID_Audio,
  KSPROPSETID_Connection,
  KSPROPSETID_RTAudio,
} from '../standards/ks/guids.ts';
import {
  IOCTL_KS_PROPERTY,
  KSIDENTIFIER,
  KSPROPERTY_AUDIO,
  KSPROPERTY_CONNECTION,
  KSPROPERTY_RTAUDIO,
} from '../standards/ks/requests.ts';
import {
  type NtStatus,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_DEVICE_STATE,
  STATUS_SUCCESS,
} from '../standards/nt/ntstatus.ts';
import type { AdapterDevice } from './adapter-device.ts';
import { asStreamingPin } from './adapter-streams.ts';
import type { KsDispatch } from './ks-dispatch.ts';
import type { KsFile } from './ks-file.ts';
import type { PortClass } from './port-class.ts';

/** No process runs while the machine sleeps, so no page tells what such a request would get. */
const STATUS_ASLEEP = STATUS_DEVICE_NOT_READY;

export class AdapterDispatch {
  readonly #portClass: PortClass;
  readonly #create: DispatchRoutine;
  readonly #control: DispatchRoutine;
  readonly #position: DispatchRoutine;

  constructor(portClass: PortClass, files: KsDispatch) {
    this.#portClass = portClass;
    this.#create = (device, irp) => {
      const adapter = portClass.adapterOf(device);
      // A device that is not there opens nothing, and cannot be woken for it.
      if (adapter.isStarted && !this.#wakeAdapter(adapter))
        return this.#complete(irp, STATUS_ASLEEP);
      const status = files.create(device, irp);
      adapter.power.idle.accessed();
      return status;
    };
    this.#control = (device, irp) => this.#controlAlone(files, device, irp, true);
    this.#position = (device, irp) => this.#controlAlone(files, device, irp, false);
  }

  /** IRP_MJ_CREATE: waits while a stop of the device is pending. */
  create(device: DeviceObject, irp: Irp): NtStatus {
    const { lock, rebalance } = this.#portClass.adapterOf(device);
    if (rebalance.isHoldingCreates) return rebalance.holdCreate(irp, this.#lockedCreate);
    return lock.dispatch(this.#create, device, irp);
  }

  /** IRP_MJ_DEVICE_CONTROL. Allocates nothing of its own. */
  control(device: DeviceObject, irp: Irp): NtStatus {
    const adapter = this.#portClass.findAdapter(device);
    if (adapter === null) return this.#complete(irp, STATUS_INVALID_DEVICE_STATE);
    const { lock, positionLock, power } = adapter;
    if (positionLock !== null && power.isAwake && this.#asksPosition(irp)) {
      return positionLock.dispatch(this.#position, device, irp);
    }
    return lock.dispatch(this.#control, device, irp);
  }

  /** A request that waited for its lock finds the device as it is by then. */
  #controlAlone(files: KsDispatch, device: DeviceObject, irp: Irp, wakes: boolean): NtStatus {
    const adapter = this.#portClass.findAdapter(device);
    if (adapter === null) return this.#complete(irp, STATUS_INVALID_DEVICE_STATE);
    const file = irp.fileObject?.fsContext as KsFile | null | undefined;
    const pin = file === null || file === undefined ? null : asStreamingPin(file);
    const isThere = adapter.isStarted && (pin === null || pin.parts.port.isBound);
    if (!isThere) {
      // A stream whose device is gone, or going, may step down, and nothing else.
      const stepsDown = pin !== null && this.#names(irp, KSPROPSETID_Connection, isState);
      if (!stepsDown) return this.#complete(irp, STATUS_INVALID_DEVICE_STATE);
    } else if (wakes && !this.#wakeAdapter(adapter)) {
      return this.#complete(irp, STATUS_ASLEEP);
    }
    const status = files.deviceControl(device, irp);
    adapter.power.idle.accessed();
    return status;
  }

  /** IRP_MJ_CLEANUP: what pends on the file ends, or its close would never come. */
  cleanup(device: DeviceObject, irp: Irp): NtStatus {
    const context = irp.fileObject?.fsContext as KsFile | null | undefined;
    const adapter = this.#portClass.findAdapter(device);
    const cleanup = (): void => context?.cleanup?.();
    if (adapter === null) cleanup();
    else adapter.lock.runSoon(cleanup);
    return this.#complete(irp, STATUS_SUCCESS);
  }

  /** IRP_MJ_CLOSE: cannot fail, and cannot wait where who holds the lock waits for it. */
  close(device: DeviceObject, irp: Irp): NtStatus {
    const file = irp.fileObject;
    const context = file === null ? null : (file.fsContext as KsFile | null);
    if (file !== null) file.fsContext = null;
    const adapter = this.#portClass.findAdapter(device);
    const close = (): void => {
      if (adapter?.isStarted === true) this.#wakeAdapter(adapter);
      if (file !== null) context?.events.removeAll(file);
      context?.close();
      if (adapter?.isStarted === true) adapter.power.idle.accessed();
    };
    if (adapter === null) close();
    else adapter.lock.runSoon(close);
    return this.#complete(irp, STATUS_SUCCESS);
  }

  readonly #lockedCreate: DispatchRoutine = (device, irp) => {
    const { lock } = this.#portClass.adapterOf(device);
    return lock.dispatch(this.#create, device, irp);
  };

  /** False while the machine sleeps. */
  #wakeAdapter({ power }: AdapterDevice): boolean {
    if (!power.isAwake && !power.wakeForAccess()) return false;
    power.idle.accessed();
    return true;
  }

  /** The properties that UsePositionLock takes out of the device lock. */
  #asksPosition(irp: Irp): boolean {
    return (
      this.#names(irp, KSPROPSETID_Audio, isAudioPosition) ||
      this.#names(irp, KSPROPSETID_RTAudio, isRtAudioPosition)
    );
  }

  /** Looks at a request that nobody has captured yet: what cannot be read names nothing. */
  #names(irp: Irp, set: typeof KSPROPSETID_Audio, isWanted: (id: number) => boolean): boolean {
    const { memory } = this.#portClass.kernel;
    const isProperty =
      irp.majorFunction === IRP_MJ_DEVICE_CONTROL && irp.ioControlCode === IOCTL_KS_PROPERTY;
    const at = irp.type3InputBuffer;
    const { size, offsets } = KSIDENTIFIER;
    if (!isProperty || irp.inputBufferLength < size || !memory.isAccessible(at, size)) return false;
    const { view } = memory.ram;
    return readGuid(view, at) === set && isWanted(view.getUint32(at + offsets.Id, true));
  }

  #complete(irp: Irp, status: NtStatus): NtStatus {
    irp.ioStatus.status = status;
    this.#portClass.kernel.io.IoCompleteRequest(irp);
    return status;
  }
}

const isState = (id: number): boolean => id === KSPROPERTY_CONNECTION.STATE;

const isAudioPosition = (id: number): boolean =>
  id === KSPROPERTY_AUDIO.POSITION || id === KSPROPERTY_AUDIO.POSITIONEX;

const isRtAudioPosition = (id: number): boolean =>
  id === KSPROPERTY_RTAUDIO.PACKETCOUNT ||
  id === KSPROPERTY_RTAUDIO.PRESENTATION_POSITION ||
  id === KSPROPERTY_RTAUDIO.GETREADPACKET ||
  id === KSPROPERTY_RTAUDIO.SETWRITEPACKET;
