/** What Windows' verifier would stop a driver for that misuses an adapter object. */
import { expect } from 'vitest';
import { physical, type VirtualAddress, virtual } from '../../src/base/brand.ts';
import { type DmaAdapter, Out } from '../../src/portcls/ddi/index.ts';
import { scenario } from '../../src/testing/index.ts';
import {
  adapterFor,
  atDispatch,
  expectViolation,
  highPages,
  map,
  PAGE,
  put,
} from '../support/cyclic-dma.ts';
import { bootPlain } from '../support/plain-machine.ts';

scenario('common buffers are freed once, and before the adapter object [VER-DMA-008]', (lab) => {
  const allocate = (adapter: DmaAdapter): (() => void) => {
    const logical = new Out(physical(0));
    const address = adapter.allocateCommonBuffer(PAGE, logical, true) as VirtualAddress;
    return () => adapter.freeCommonBuffer(PAGE, logical.value, address, true);
  };
  expectViolation(lab, '0x3', (machine) => {
    const free = allocate(adapterFor(machine));
    free();
    free();
  });
  expectViolation(lab, '0x7', (machine) => {
    const adapter = adapterFor(machine);
    allocate(adapter);
    adapter.putDmaAdapter();
  });
});

scenario('no adapter object is used after it was put back [VER-DMA-007]', (lab) => {
  expectViolation(lab, '0x18', (machine) => {
    const adapter = adapterFor(machine);
    adapter.putDmaAdapter();
    adapter.getDmaAlignment();
  });
});

scenario('a transfer has bytes, inside a locked buffer [VER-DMA-010]', (lab) => {
  expectViolation(lab, '0x21', (machine) => {
    map(machine, adapterFor(machine), highPages(machine, 1), { length: 0 });
  });
  expectViolation(lab, '0x1b', (machine) => {
    map(machine, adapterFor(machine), highPages(machine, 1), { offset: PAGE, length: 4 });
  });
  expectViolation(lab, '0xe', (machine) => {
    const mdl = highPages(machine, 1);
    machine.kernel.memory.MmFreePagesFromMdl(mdl);
    map(machine, adapterFor(machine), mdl);
  });
});

scenario('no range is mapped for DMA twice at once [VER-DMA-014]', (lab) => {
  expectViolation(lab, '0x1d', (machine) => {
    const adapter = adapterFor(machine);
    const mdl = highPages(machine, 2);
    map(machine, adapter, mdl, { offset: 0, length: 5000 });
    map(machine, adapter, mdl, { offset: 4999, length: 1 });
  });
  const machine = bootPlain(lab);
  const adapter = adapterFor(machine);
  const mdl = highPages(machine, 2);
  const lists = [0, 4096].flatMap(
    (offset) => map(machine, adapter, mdl, { offset, length: 4096 }).lists,
  );
  expect(lists.length).toBe(2);
  for (const list of lists) put(machine, adapter, list);
  adapter.putDmaAdapter();
  machine.kernel.memory.MmFreePagesFromMdl(mdl);
});

scenario('adapter objects are used at their IRQL [VER-DMA-012]', (lab) => {
  expectViolation(lab, '0x13', (machine) => {
    const adapter = adapterFor(machine);
    atDispatch(machine, () => adapter.allocateCommonBuffer(PAGE, new Out(physical(0)), true));
  });
  expectViolation(lab, '0x13', (machine) => {
    const adapter = adapterFor(machine);
    atDispatch(machine, () => adapter.putDmaAdapter());
  });
  expectViolation(lab, '0x13', (machine) => {
    const adapter = adapterFor(machine);
    const { physicalDevice } = machine.driver;
    const mdl = highPages(machine, 1);
    if (physicalDevice === null) throw new Error('no PDO');
    const at = virtual(mdl.storage);
    adapter.getScatterGatherList(physicalDevice, mdl, at, 4, () => undefined, null, true);
  });
});
