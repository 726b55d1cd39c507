/**
 * A file object: one open of a device. Its name is kept as the bytes the caller passed, because
 * the name of a KS pin carries a binary KSPIN_CONNECT after the GUID. The I/O manager counts
 * handles and references; IRP_MJ_CLEANUP follows the last handle, IRP_MJ_CLOSE the last reference.
 */

import type { DeviceObject } from './device.ts';
import { fileAccessOf } from './io-codes.ts';
import type { Process } from './process.ts';

export class FileObject {
  /** The device that was named; requests go to the top of the stack it belongs to. */
  readonly deviceObject: DeviceObject;
  /** UTF-16LE, as passed: begins with a backslash when it follows a device's link. */
  readonly fileName: Uint8Array;
  /** The open file that the name is relative to, or null. */
  readonly relatedFileObject: FileObject | null;
  /** ACCESS_MASK of the open, generic rights as the caller gave them. */
  readonly desiredAccess: number;
  /** FILE_READ_ACCESS and FILE_WRITE_ACCESS bits that device control codes are checked with. */
  readonly grantedAccess: number;
  readonly process: Process | null;
  /** The class driver's own, FsContext and FsContext2. */
  fsContext: unknown = null;
  fsContext2: unknown = null;
  handleCount = 0;
  referenceCount = 0;
  isCleanedUp = false;
  isClosed = false;

  constructor(
    deviceObject: DeviceObject,
    fileName: Uint8Array,
    relatedFileObject: FileObject | null,
    desiredAccess: number,
    process: Process | null,
  ) {
    this.deviceObject = deviceObject;
    this.fileName = fileName;
    this.relatedFileObject = relatedFileObject;
    this.desiredAccess = desiredAccess;
    this.grantedAccess = fileAccessOf(desiredAccess);
    this.process = process;
  }

  /** The name as text, for names that are text. */
  get fileNameText(): string {
    let text = '';
    for (let at = 0; at + 1 < this.fileName.length; at += 2) {
      const low = this.fileName[at] ?? 0;
      text += String.fromCharCode(low | ((this.fileName[at + 1] ?? 0) << 8));
    }
    return text;
  }
}

/** A name as a file object keeps it: UTF-16LE without terminator. */
export function fileNameBytes(text: string): Uint8Array {
  const bytes = new Uint8Array(2 * text.length);
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    bytes[2 * index] = unit & 0xff;
    bytes[2 * index + 1] = unit >> 8;
  }
  return bytes;
}
