/** After 20 positions it gives back pool memory that it never had. */
import type { VirtualAddress } from '../../../src/base/brand.ts';
import { oddHdaDriver } from '../../support/bent-hda-driver.ts';

const NOBODYS = 0x10_0000 as VirtualAddress;

export default oddHdaDriver('crasher', (real, wdk) => {
  let calls = 0;
  return {
    getPosition(position) {
      if (++calls > 20) wdk.ExFreePoolWithTag(NOBODYS, 'lost');
      return real.getPosition(position);
    },
  };
});
