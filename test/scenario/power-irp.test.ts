/**
 * Drivers that handle requests of their device themselves: the handlers that they replaced, the way
 * down the stack, and completion of what they kept; with the declarations of what PortCls offers.
 */
import { describe, expect, it } from 'vitest';
import { Out } from '../../src/base/out.ts';
import {
  type DeviceObject,
  type DispatchRoutine,
  IRP_MJ_PNP,
  IRP_MJ_SYSTEM_CONTROL,
  IRP_MN_QUERY_REMOVE_DEVICE,
  type Irp,
} from '../../src/kernel/ddi/index.ts';
import {
  IID_IAdapterPnpManagement,
  IID_IMiniportPnpNotify,
  IID_IPortClsPnp,
  PcRebalanceNotSupported,
  PcRebalanceRemoveSubdevices,
  portClsFunctions,
} from '../../src/portcls/ddi/index.ts';
import {
  STATUS_INVALID_PARAMETER,
  STATUS_PENDING,
  STATUS_SUCCESS,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { expectInterface, expectSignature } from '../support/catalogue-facts.ts';
import { bootPlain } from '../support/plain-machine.ts';

describe('declarations', () => {
  it.each([
    ['PCL-IRP-001', 'PcDispatchIrp'],
    ['PCL-IRP-004', 'PcCompleteIrp'],
    ['PCL-IRP-007', 'PcForwardIrpSynchronous'],
    ['PCL-IRP-010', 'PcGetPhysicalDeviceObject'],
  ] as const)('[PCL-IRP-001 PCL-IRP-004 PCL-IRP-007 PCL-IRP-010] (%s %s)', (id, name) => {
    expectSignature(id, portClsFunctions[name]);
  });

  it('of the plug and play interfaces [PCL-REM-001 PCL-IID-006 PCL-IID-007]', () => {
    expectInterface('PCL-REM-001', IID_IAdapterPnpManagement);
    expectInterface('PCL-IID-006', IID_IPortClsPnp);
    expectInterface('PCL-IID-007', IID_IMiniportPnpNotify);
    expect([PcRebalanceNotSupported, PcRebalanceRemoveSubdevices]).toEqual([0, 1]);
  });
});

/** A machine whose driver handles PnP first; the handler gets the real one to go on with. */
function bootHandling(lab: Lab) {
  const machine = bootPlain(lab);
  const { driverObject, functionalDevice, wdk } = machine.driver;
  if (driverObject === null || functionalDevice === null) throw new Error('not started');
  const handle = (routine: DispatchRoutine): void => {
    driverObject.MajorFunction[IRP_MJ_PNP] = routine;
  };
  const { pnp } = machine.kernel;
  const { node } = machine.lab.machine;
  return { machine, functionalDevice, handle, node, pnp, wdk };
}

scenario('PcDispatchIrp runs the handler that was replaced [PCL-IRP-003]', (lab) => {
  const { handle, machine, node, pnp, wdk } = bootHandling(lab);
  const minors: number[] = [];
  handle((device, irp) => {
    minors.push(irp.minorFunction);
    return wdk.PcDispatchIrp(device, irp);
  });
  expect(pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
  expect(pnp.remove(node)).toBe(STATUS_SUCCESS);
  expect(pnp.startDevice(node)).toBe(STATUS_SUCCESS);
  expect(machine.takeCalls().filter((call) => call === 'StartDevice')).toHaveLength(2);
  expect(minors).toContain(IRP_MN_QUERY_REMOVE_DEVICE);
});

scenario('PcDispatchIrp is for PASSIVE_LEVEL [PCL-IRP-002]', (lab) => {
  const { functionalDevice, machine, wdk } = bootHandling(lab);
  const irp = machine.kernel.io.IoAllocateIrp(functionalDevice.stackSize);
  irp.next.majorFunction = IRP_MJ_SYSTEM_CONTROL;
  irp.currentLocation--;
  machine.kernel.irql.raise(2);
  expect(() => wdk.PcDispatchIrp(functionalDevice, irp)).toThrow(/PcDispatchIrp.*IRQL 0/);
  machine.lab.isAbandoned = true;
});

scenario('an IRP that was forwarded is not forwarded again [PCL-IRP-009]', (lab) => {
  const { handle, machine, node, pnp, wdk } = bootHandling(lab);
  handle((device, irp) => {
    expect(wdk.PcForwardIrpSynchronous(device, irp)).toBe(STATUS_SUCCESS);
    return wdk.PcDispatchIrp(device, irp);
  });
  expect(pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
  handle((device, irp) => wdk.PcDispatchIrp(device, irp));
  pnp.cancelRemove(node);
  machine.lab.expectFinding(/is forwarded that PcForwardIrpSynchronous sent before/);
  expect(machine.lab.findings).toHaveLength(1);
});

describe('PcCompleteIrp', () => {
  scenario('ends what a handler kept, up to DISPATCH_LEVEL [PCL-IRP-005 PCL-IRP-006]', (lab) => {
    const { functionalDevice, handle, machine, node, pnp, wdk } = bootHandling(lab);
    const { dispatcher, irql } = machine.kernel;
    let kept: Irp | null = null;
    handle((_device, irp) => {
      irp.markPending();
      kept = irp;
      return STATUS_PENDING;
    });
    let completed = -1;
    wdk.PsCreateSystemThread('later', 12, function* later() {
      yield dispatcher.delay(10_000);
      if (kept === null) return;
      const old = irql.raise(2);
      completed = wdk.PcCompleteIrp(functionalDevice, kept, STATUS_SUCCESS);
      irql.lower(old);
    });
    expect(pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
    expect([completed, machine.kernel.clock.now]).toEqual([STATUS_SUCCESS, 1_000_000]);
    handle((device, irp) => wdk.PcDispatchIrp(device, irp));
    pnp.cancelRemove(node);
  });

  scenario('is not for a request that its handler still has in hand [PCL-IRP-006]', (lab) => {
    const { handle, machine, node, pnp, wdk } = bootHandling(lab);
    handle((device, irp) => {
      expect(wdk.PcCompleteIrp(device, irp, STATUS_SUCCESS)).toBe(STATUS_INVALID_PARAMETER);
      return wdk.PcDispatchIrp(device, irp);
    });
    expect(pnp.queryRemove(node)).toBe(STATUS_SUCCESS);
    handle((device, irp) => wdk.PcDispatchIrp(device, irp));
    pnp.cancelRemove(node);
    machine.lab.expectFinding(/PcCompleteIrp was given an IRP that is not pending/);
  });

  scenario('stops the machine at a device level [PCL-IRP-005]', (lab) => {
    const { functionalDevice, machine, wdk } = bootHandling(lab);
    const irp = machine.kernel.io.IoAllocateIrp(functionalDevice.stackSize);
    machine.kernel.irql.raise(5);
    const complete = (): unknown => wdk.PcCompleteIrp(functionalDevice, irp, STATUS_SUCCESS);
    expect(complete).toThrow(/PcCompleteIrp may be called up to IRQL 2/);
    machine.lab.isAbandoned = true;
  });
});

scenario(
  'the physical device of an adapter is the bus driver\u2019s, at any IRQL [PCL-IRP-010]',
  (lab) => {
    const { functionalDevice, machine, wdk } = bootHandling(lab);
    const out = new Out<DeviceObject | null>(null);
    const old = machine.kernel.irql.raise(5);
    expect(wdk.PcGetPhysicalDeviceObject(functionalDevice, out)).toBe(STATUS_SUCCESS);
    machine.kernel.irql.lower(old);
    expect(out.value).toBe(machine.driver.physicalDevice);
  },
);
