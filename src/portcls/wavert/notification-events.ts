/**
 * The notification events of a pin. A client names an event by a handle of its process; the port
 * turns it into a referenced event, which the miniport sets at every notification, and keeps the
 * reference until the event is unregistered, whatever becomes of the handle. Source:
 * KSPROPERTY_RTAUDIO_REGISTER_NOTIFICATION_EVENT and UNREGISTER_NOTIFICATION_EVENT.
 */
import type { Kevent } from '../../kernel/dispatch/event.ts';
import type { Process } from '../../kernel/io/process.ts';
import {
  type NtStatus,
  ntSuccess,
  STATUS_DEVICE_NOT_READY,
  STATUS_INVALID_HANDLE,
  STATUS_NOT_SUPPORTED,
  STATUS_OBJECT_TYPE_MISMATCH,
} from '../../standards/nt/ntstatus.ts';
import type { IMiniportWaveRTStreamNotification } from '../ddi/wavert-streams.ts';
import type { Findings } from '../findings.ts';
import type { CyclicBuffer } from './cyclic-buffer.ts';

export class NotificationEvents {
  readonly #stream: IMiniportWaveRTStreamNotification;
  readonly #buffer: CyclicBuffer;
  readonly #process: Process | null;
  readonly #findings: Findings;
  /** Those that the miniport took; one that it took twice is here twice. */
  readonly #registered: Kevent[] = [];

  constructor(
    stream: IMiniportWaveRTStreamNotification,
    buffer: CyclicBuffer,
    process: Process | null,
    findings: Findings,
  ) {
    this.#stream = stream;
    this.#buffer = buffer;
    this.#process = process;
    this.#findings = findings;
  }

  /** STATUS_DEVICE_NOT_READY before there is a buffer, STATUS_NOT_SUPPORTED with a plain one. */
  register(handle: number): NtStatus {
    if (!this.#buffer.isAllocated) {
      this.#findings.report('a client registered a notification event before the cyclic buffer');
      return STATUS_DEVICE_NOT_READY;
    }
    if (this.#buffer.notificationCount === 0) return STATUS_NOT_SUPPORTED;
    const event = this.#process?.ObReferenceObjectByHandle(handle) ?? null;
    if (event === null) return this.#notAnEvent(handle);
    const status = this.#stream.registerNotificationEvent(event);
    if (!ntSuccess(status)) {
      this.#dereference(event);
      return status;
    }
    if (this.#registered.includes(event)) {
      this.#findings.report('RegisterNotificationEvent took the same event twice');
    }
    this.#registered.push(event);
    return status;
  }

  /** The miniport's status: it knows which events it has. */
  unregister(handle: number, isRunning: boolean): NtStatus {
    const event = this.#process?.ObReferenceObjectByHandle(handle) ?? null;
    if (event === null) return this.#notAnEvent(handle);
    if (isRunning) {
      this.#findings.report('a client unregistered a notification event of a running stream');
    }
    const status = this.#stream.unregisterNotificationEvent(event);
    const index = this.#registered.indexOf(event);
    if (ntSuccess(status) && index >= 0) {
      this.#registered.splice(index, 1);
      this.#dereference(event);
    } else if (ntSuccess(status)) {
      this.#findings.report('UnregisterNotificationEvent took an event that was never registered');
    }
    this.#dereference(event);
    return status;
  }

  /**
   * The pin closes. What a client forgot is noted; one that died had no chance to remember, and a
   * device that went answers no request to unregister.
   */
  unregisterAll(isDeviceThere: boolean): void {
    const count = this.#registered.length;
    if (count > 0 && isDeviceThere && this.#process?.isTerminated === false) {
      this.#findings.report(`a client closed a pin with ${count} notification events registered`);
    }
    for (const event of this.#registered.splice(0)) {
      this.#stream.unregisterNotificationEvent(event);
      this.#dereference(event);
    }
  }

  #dereference(event: Kevent): void {
    this.#process?.ObDereferenceObject(event);
  }

  #notAnEvent(handle: number): NtStatus {
    const isFile = (this.#process?.file(handle) ?? null) !== null;
    return isFile ? STATUS_OBJECT_TYPE_MISMATCH : STATUS_INVALID_HANDLE;
  }
}
