import { resetClock } from '@libs/kernel/clock.js';

// Before each file: the files of one worker share the modules, and must not share the time.
resetClock();
