/** After 20 positions, which is in the midst of a play, there comes an exception of JavaScript. */
import { oddHdaDriver } from '../../support/bent-hda-driver.ts';

export default oddHdaDriver('thrower', (real) => {
  let calls = 0;
  return {
    getPosition(position) {
      if (++calls > 20) throw new Error('the register map is upside down');
      return real.getPosition(position);
    },
  };
});
