/** Our driver for AC'97 through the WavePci port, as a module that the command line names. */
import { makeAc97Driver } from '../../../src/drivers/ac97/index.ts';

export default makeAc97Driver({ port: 'wavepci' });
