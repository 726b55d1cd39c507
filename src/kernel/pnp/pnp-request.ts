/** Sending one plug and play request down the stack of a device, and waiting for its end. */
import { type Trace, traceKind } from '../../sim/trace.ts';
import { type NtStatus, STATUS_NOT_SUPPORTED } from '../../standards/nt/ntstatus.ts';
import { IRP_MJ_PNP } from '../io/io-codes.ts';
import type { IoManager } from '../io/io-manager.ts';
import type { DeviceNode } from './device-node.ts';
import { pnpMinorNames } from './pnp-codes.ts';

const pnpSent = traceKind('pnp', 'device:text', 'minor:text', 'status:status');

/** A PnP IRP starts with STATUS_NOT_SUPPORTED, which is what nobody handles comes back with. */
export function sendPnpRequest(
  io: IoManager,
  trace: Trace,
  node: DeviceNode,
  minor: number,
  parameters: unknown,
): NtStatus {
  const top = node.pdo.top;
  const irp = io.IoAllocateIrp(top.stackSize);
  irp.ioStatus.status = STATUS_NOT_SUPPORTED;
  irp.next.majorFunction = IRP_MJ_PNP;
  irp.next.minorFunction = minor;
  irp.next.parameters = parameters;
  const status = io.sendAndWait(top, irp);
  io.IoFreeIrp(irp);
  const name = pnpMinorNames[minor] ?? String(minor);
  trace.write(pnpSent, node.pdo.nameId, trace.text(name), status);
  return status;
}
