/** KSPROPERTY_RTAUDIO_BUFFER: what the port asks of the miniport, and what it accepts. */
import { expect } from 'vitest';
import { virtual } from '../../src/base/brand.ts';
import { buildControl } from '../../src/kernel/io/control-request.ts';
import {
  type Mdl,
  type MEMORY_CACHING_TYPE,
  MmCached,
  MmNonCached,
  MmWriteCombined,
} from '../../src/portcls/ddi/index.ts';
import { KSPROPSETID_RTAudio } from '../../src/standards/ks/guids.ts';
import {
  IOCTL_KS_PROPERTY,
  KSPROPERTY_RTAUDIO,
  KSRTAUDIO_BUFFER,
  KSRTAUDIO_BUFFER_PROPERTY,
  KSSTATE,
} from '../../src/standards/ks/requests.ts';
import {
  STATUS_ACCESS_DENIED,
  STATUS_BUFFER_TOO_SMALL,
  STATUS_DEVICE_NOT_READY,
  STATUS_INSUFFICIENT_RESOURCES,
  STATUS_INVALID_DEVICE_REQUEST,
  STATUS_PROPSET_NOT_FOUND,
  STATUS_SUCCESS,
  STATUS_UNSUCCESSFUL,
} from '../../src/standards/nt/ntstatus.ts';
import { type Lab, scenario } from '../../src/testing/index.ts';
import { ANYWHERE, type BufferGrant } from '../support/plain-driver.ts';
import { ANY_BYTES, bootPlain, type PlainMachine, STEREO_48 } from '../support/plain-machine.ts';

const PAGE = 4096;
const { BUFFER } = KSPROPERTY_RTAUDIO;
const REQUEST = KSRTAUDIO_BUFFER_PROPERTY.size;
const VALUE = KSRTAUDIO_BUFFER.size;

/** A machine whose driver grants pages and then spoils the grant. */
function bootSpoiled(lab: Lab, spoil: (grant: BufferGrant) => void): PlainMachine {
  return bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      const status = stream.grantPages(requested, grant);
      spoil(grant);
      return status;
    },
  });
}

/** The buffer is refused with a finding, and the pages go back all the same. */
function expectRefused(machine: PlainMachine, finding: RegExp, bytes = ANY_BYTES): void {
  machine.lab.expectFinding(finding);
  const { status, buffer } = machine.openPin().tryAllocateBuffer(bytes);
  expect(status).toBe(STATUS_UNSUCCESSFUL);
  expect(buffer).toBeNull();
}

scenario('the buffer is asked for with GET, of a pin [WRT-BUF-002]', (lab) => {
  const machine = bootPlain(lab);
  const pin = machine.openPin();
  KSRTAUDIO_BUFFER_PROPERTY.write(pin.view, pin.requestAt, {
    BaseAddress: 0,
    RequestedBufferSize: ANY_BYTES,
  });
  expect(pin.get(KSPROPSETID_RTAudio, BUFFER, VALUE - 1, REQUEST)).toBe(STATUS_BUFFER_TOO_SMALL);
  expect(pin.set(KSPROPSETID_RTAudio, BUFFER, VALUE, REQUEST)).toBe(STATUS_INVALID_DEVICE_REQUEST);
  const { filter } = machine;
  expect(filter.get(KSPROPSETID_RTAudio, BUFFER, VALUE, REQUEST)).toBe(STATUS_PROPSET_NOT_FOUND);
  expect(machine.takeCalls()).not.toContain(`AllocateAudioBuffer ${ANY_BYTES}`);
  expect(pin.get(KSPROPSETID_RTAudio, BUFFER, VALUE, REQUEST)).toBe(STATUS_SUCCESS);
  expect(pin.bytesReturned).toBe(VALUE);
});

scenario('a client that runs without a buffer is reported [WRT-BUF-003]', (lab) => {
  const machine = bootPlain(lab);
  machine.openPin().setState(KSSTATE.RUN);
  machine.lab.expectFinding(/a client asked for RUN before the cyclic buffer/);
});

scenario('a base address that the client wants cannot be had [WRT-BUF-004]', (lab) => {
  const machine = bootPlain(lab);
  const pin = machine.openPin();
  const ask = (BaseAddress: number) => {
    KSRTAUDIO_BUFFER_PROPERTY.write(pin.view, pin.requestAt, {
      BaseAddress,
      RequestedBufferSize: ANY_BYTES,
    });
    return pin.get(KSPROPSETID_RTAudio, BUFFER, VALUE, REQUEST);
  };
  expect(ask(0x10_0000)).toBe(STATUS_UNSUCCESSFUL);
  expect(ask(0)).toBe(STATUS_SUCCESS);
});

scenario(
  'the miniport allocates at PASSIVE_LEVEL, then the port maps [WRT-BUF-005 WRT-BUF-007]',
  (lab) => {
    const machine = bootSpoiled(lab, (grant) => {
      expect(machine.kernel.irql.current).toBe(0);
      expect(grant.mdl.value?.mappings).toEqual([]);
      machine.driver.calls.push('granted');
    });
    const { buffer } = machine.openBuffer();
    expect(machine.takeCalls().slice(-2)).toEqual([`AllocateAudioBuffer ${ANY_BYTES}`, 'granted']);
    expect(machine.kernel.memory.isAccessible(buffer.address, ANY_BYTES)).toBe(true);
    const user = `user (process ${machine.lab.client.process.id}) mapping`;
    expect(machine.kernel.memory.outstanding().join()).toContain(user);
  },
);

scenario('the requested size reaches the miniport as it is [WRT-BUF-008]', (lab) => {
  const machine = bootSpoiled(lab, (grant) => {
    grant.actualSize.value = PAGE;
  });
  for (const bytes of [1, 3840, 4096]) {
    const pin = machine.openPin();
    pin.tryAllocateBuffer(bytes);
    expect(machine.takeCalls().at(-1)).toBe(`AllocateAudioBuffer ${bytes}`);
    pin.close();
  }
});

scenario('a success without an MDL is refused [WRT-BUF-009]', (lab) => {
  const machine = bootPlain(lab, {
    allocate: (_stream, requested, grant) => {
      grant.actualSize.value = requested;
      grant.cacheType.value = MmWriteCombined;
      return STATUS_SUCCESS;
    },
  });
  expectRefused(machine, /success without an MDL/);
  expect(machine.takeCalls()).not.toContain(`FreeAudioBuffer ${ANY_BYTES}`);
});

scenario('a success with an MDL that is dead already is refused [WRT-BUF-009]', (lab) => {
  const machine = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      const status = stream.grantPages(requested, grant);
      if (grant.mdl.value !== null) stream.portStream.freePagesFromMdl(grant.mdl.value);
      return status;
    },
    free: () => undefined,
  });
  expectRefused(machine, /an MDL that did not come from the port stream/);
});

scenario('the actual size is the client’s, and is not 0 [WRT-BUF-010 WRT-BUF-029]', (lab) => {
  const machine = bootSpoiled(lab, (grant) => {
    grant.actualSize.value = 4000;
  });
  expect(machine.openBuffer().buffer.actualBytes).toBe(4000);
  expectRefused(
    bootSpoiled(lab, (grant) => {
      grant.actualSize.value = 0;
    }),
    /success with ActualSize 0/,
  );
});

scenario('the buffer begins at the offset in the first page [WRT-BUF-011]', (lab) => {
  const machine = bootSpoiled(lab, (grant) => {
    grant.offset.value = 128;
  });
  const { buffer } = machine.openBuffer();
  expect(buffer.address % PAGE).toBe(128);
  const beyond = bootSpoiled(lab, (grant) => {
    grant.offset.value = PAGE;
  });
  expectRefused(beyond, /offset 4096 is not in the first page/, 2 * PAGE);
});

scenario('a buffer that its pages cannot hold is refused [WRT-BUF-012]', (lab) => {
  const tooLong = bootSpoiled(lab, (grant) => {
    grant.actualSize.value = 5000;
  });
  expectRefused(tooLong, /offset 0 and size 5000 reach past 4096/);
  const shifted = bootSpoiled(lab, (grant) => {
    grant.offset.value = 4;
  });
  expectRefused(shifted, /offset 4 and size 4096 reach past 4096/, PAGE);
});

scenario('a cache type that is not written, or none, is refused [WRT-BUF-013]', (lab) => {
  const silent = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      grant.mdl.value = stream.portStream.allocatePagesForMdl(ANYWHERE, requested);
      grant.actualSize.value = requested;
      return STATUS_SUCCESS;
    },
  });
  expectRefused(silent, /CacheType -1 is no cache type/);
  const wrong = bootSpoiled(lab, (grant) => {
    grant.cacheType.value = 3 as never;
  });
  expectRefused(wrong, /CacheType 3 is no cache type/);
});

scenario('a client reads and writes the whole buffer [WRT-BUF-018 WRT-BUF-030]', (lab) => {
  const machine = bootSpoiled(lab, (grant) => {
    grant.offset.value = 96;
  });
  const { buffer } = machine.openBuffer(3 * PAGE - 96);
  const bytes = machine.kernel.memory.bytesAt(buffer.address, buffer.actualBytes);
  bytes[0] = 1;
  bytes[bytes.length - 1] = 2;
  expect(bytes.length).toBe(3 * PAGE - 96);
});

scenario('scattered pages are one block to the client [WRT-BUF-020]', (lab) => {
  let pages: Float64Array = new Float64Array();
  const machine = bootSpoiled(lab, (grant) => {
    pages = grant.mdl.value?.pages ?? pages;
  });
  const { buffer } = machine.openBuffer(16 * PAGE);
  const { ram, memory } = machine.kernel;
  expect(pages.some((page, index) => index > 0 && page !== (pages[index - 1] ?? 0) + PAGE)).toBe(
    true,
  );
  for (let at = 0; at < 16 * PAGE; at += 4) ram.view.setUint32(buffer.address + at, at, true);
  for (const [index, page] of pages.entries()) {
    const at = memory.frames.resolve(page + 8);
    expect(ram.view.getUint32(at, true)).toBe(index * PAGE + 8);
  }
});

scenario('a buffer below the size asked for is passed on, with a warning [WRT-BUF-023]', (lab) => {
  const machine = bootSpoiled(lab, (grant) => {
    grant.actualSize.value = 4092;
  });
  machine.lab.expectFinding(/ActualSize 4092 is below the requested size/);
  expect(machine.openBuffer(PAGE).buffer.actualBytes).toBe(4092);
});

scenario('a failure leaves no buffer, and pages left behind are a leak [WRT-BUF-024]', (lab) => {
  const machine = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      stream.grantPages(requested, grant);
      return STATUS_INSUFFICIENT_RESOURCES;
    },
  });
  const pin = machine.openPin();
  const { buffer } = pin.tryAllocateBuffer(PAGE);
  expect(buffer).toBeNull();
  expect(machine.kernel.memory.outstanding().join()).not.toContain('mapping of 1 page');
  pin.close();
  expect(machine.takeCalls()).not.toContain(`FreeAudioBuffer ${PAGE}`);
  machine.lab.expectFinding(/pages never freed with FreePagesFromMdl: 1/);
  machine.lab.expectLeft(/MDL of 1 page/);
});

scenario('a buffer that the client cannot see goes back to the miniport [WRT-BUF-018]', (lab) => {
  const machine: PlainMachine = bootSpoiled(lab, ({ cacheType, mdl }) => {
    const { kernel, lab: booted } = machine;
    // There is one view of an MDL in a process, and this driver has made it.
    const { id } = booted.client.process;
    if (mdl.value === null) throw new Error('no pages');
    kernel.memory.MmMapLockedPagesSpecifyCache(mdl.value, 'user', cacheType.value, id);
    mapped.push(mdl.value);
  });
  const mapped: Mdl[] = [];
  machine.answers.free = (stream, mdl) => {
    const { id } = machine.lab.client.process;
    for (const own of mapped.splice(0)) {
      machine.kernel.memory.MmUnmapLockedPages(virtual(own.storage), own, 'user', id);
    }
    if (mdl !== null) stream.portStream.freePagesFromMdl(mdl);
  };
  const pin = machine.openPin();
  expect(pin.tryAllocateBuffer(ANY_BYTES).status).toBe(STATUS_INSUFFICIENT_RESOURCES);
  expect(machine.takeCalls().at(-1)).toBe(`FreeAudioBuffer ${ANY_BYTES}`);
});

scenario('the miniport’s failures reach the client unchanged [WRT-BUF-028]', (lab) => {
  const codes = [STATUS_UNSUCCESSFUL, STATUS_INSUFFICIENT_RESOURCES, STATUS_DEVICE_NOT_READY];
  const machine = bootPlain(lab, { allocate: () => codes[0] ?? STATUS_SUCCESS });
  const pin = machine.openPin();
  while (codes.length > 0) {
    expect(pin.tryAllocateBuffer(ANY_BYTES).status).toBe(codes[0]);
    codes.shift();
  }
});

scenario('a client is told to use barriers for combined writes only [WRT-BUF-031]', (lab) => {
  let cacheType: MEMORY_CACHING_TYPE = MmNonCached;
  const machine = bootSpoiled(lab, (grant) => {
    grant.cacheType.value = cacheType;
  });
  for (cacheType of [MmNonCached, MmCached, MmWriteCombined] as const) {
    const { pin, buffer } = machine.openBuffer();
    expect(buffer.callMemoryBarrier).toBe(cacheType === MmWriteCombined);
    pin.close();
  }
});

scenario('the miniport gets its own MDL and size back [WRT-BUF-034]', (lab) => {
  let granted: unknown = null;
  const freed: unknown[] = [];
  const machine = bootPlain(lab, {
    allocate: (stream, requested, grant) => {
      const status = stream.grantPages(requested + 256, grant);
      granted = grant.mdl.value;
      return status;
    },
    free: (stream, mdl, bytes) => {
      freed.push(mdl, bytes, machine.kernel.irql.current);
      if (mdl !== null) stream.portStream.freePagesFromMdl(mdl);
    },
  });
  machine.openBuffer(3584).pin.close();
  expect(freed).toEqual([granted, ANY_BYTES, 0]);
});

scenario('the miniport unmaps and frees, or is reported [WRT-BUF-036]', (lab) => {
  const mapping = (isFreed: boolean) =>
    bootPlain(lab, {
      allocate: (stream, requested, grant) => {
        const status = stream.grantPages(requested, grant);
        if (grant.mdl.value !== null) {
          stream.portStream.mapAllocatedPages(grant.mdl.value, MmWriteCombined);
        }
        return status;
      },
      free: (stream, mdl) => {
        if (isFreed && mdl !== null) stream.portStream.freePagesFromMdl(mdl);
      },
    });
  const skipsUnmap = mapping(true);
  skipsUnmap.lab.expectFinding(/the audio buffer has a kernel mapping/);
  skipsUnmap.lab.expectFinding(/FreePagesFromMdl before UnmapAllocatedPages/);
  skipsUnmap.openBuffer().pin.close();
  const skipsBoth = mapping(false);
  skipsBoth.lab.expectFinding(/the audio buffer has a kernel mapping/);
  skipsBoth.lab.expectFinding(/pages never freed with FreePagesFromMdl/);
  skipsBoth.lab.expectLeft(/MDL of 1 page/);
  skipsBoth.lab.expectLeft(/kernel mapping of 1 page/);
  skipsBoth.openBuffer().pin.close();
});

scenario('the buffer outlives every state, STOP too [WRT-BUF-037]', (lab) => {
  const machine = bootPlain(lab);
  const { pin, buffer } = machine.openBuffer();
  for (const state of [KSSTATE.RUN, KSSTATE.STOP, KSSTATE.RUN, KSSTATE.STOP]) {
    pin.check('STATE', pin.setState(state));
    expect(machine.kernel.memory.isAccessible(buffer.address, ANY_BYTES)).toBe(true);
  }
  const calls = machine.takeCalls();
  expect(calls.filter((call) => call.includes('AudioBuffer'))).toHaveLength(1);
});

scenario('a pin has one buffer, and keeps it [WRT-BUF-038 WRT-OVR-004]', (lab) => {
  const machine = bootPlain(lab);
  const { pin, buffer } = machine.openBuffer();
  expect(pin.tryAllocateBuffer(8192).status).toBe(STATUS_INVALID_DEVICE_REQUEST);
  machine.lab.expectFinding(/a second cyclic buffer on one pin/);
  expect(machine.takeCalls()).not.toContain('AllocateAudioBuffer 8192');
  expect(machine.kernel.memory.isAccessible(buffer.address, ANY_BYTES)).toBe(true);
  const mdls = machine.kernel.memory.outstanding().filter((fact) => fact.startsWith('MDL'));
  expect(mdls).toHaveLength(1);
});

scenario('a 32-bit client has its own layouts and low addresses [WRT-BUF-039]', (lab) => {
  const machine = bootPlain(lab);
  const process = machine.kernel.createProcess('32-bit client', 4);
  const pin = machine.openPinAs({ process, ram: machine.kernel.ram });
  const { buffer } = pin.tryAllocateBuffer(ANY_BYTES);
  expect(pin.bytesReturned).toBe(12);
  expect(buffer).toMatchObject({ actualBytes: ANY_BYTES, callMemoryBarrier: true });
  expect(buffer?.address).toBeLessThan(2 ** 32);
  expect(machine.kernel.memory.isAccessible(buffer?.address ?? 0, ANY_BYTES)).toBe(true);
});

scenario('a pin’s handle is no use to another process [WRT-BUF-040]', (lab) => {
  const machine = bootPlain(lab);
  const pin = machine.openPin(STEREO_48);
  const file = machine.lab.client.process.file(pin.handle);
  if (file === null) throw new Error('no file');
  KSRTAUDIO_BUFFER_PROPERTY.write(pin.view, pin.requestAt, {
    Set: KSPROPSETID_RTAudio,
    Id: BUFFER,
    Flags: 1,
    BaseAddress: 0,
    RequestedBufferSize: ANY_BYTES,
  });
  const { io } = machine.kernel;
  const send = (process: Parameters<typeof buildControl>[1]) => {
    const { requestAt, valueAt } = pin;
    const code = IOCTL_KS_PROPERTY;
    const irp = buildControl(io, process, file, code, requestAt, REQUEST, valueAt, VALUE);
    if (irp === null) throw new Error('no IRP');
    const status = io.sendAndWait(file.deviceObject.top, irp);
    io.IoFreeIrp(irp);
    return status;
  };
  expect(send(machine.lab.newClient('intruder').process)).toBe(STATUS_ACCESS_DENIED);
  expect(machine.takeCalls()).not.toContain(`AllocateAudioBuffer ${ANY_BYTES}`);
  expect(send(machine.lab.client.process)).toBe(STATUS_SUCCESS);
});
