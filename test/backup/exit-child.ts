/** Tells how it would name a piece of work, and ends. */
import { makerName } from '#src/writer/maker-name.js';

process.send?.(makerName(), () => process.exit());
