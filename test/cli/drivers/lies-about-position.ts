/** Reports a write offset of 1 ms less than it is once, so the client writes over what is due. */
import { oddHdaDriver } from '../../support/bent-hda-driver.ts';

export default oddHdaDriver('liar', (real) => {
  let calls = 0;
  return {
    getPosition(position) {
      const status = real.getPosition(position);
      if (++calls === 20) position.writeOffset = (position.writeOffset + 1920) % 3840;
      return status;
    },
  };
});
