/** Tells how it would name a piece of work, and ends. */
import { newWork } from '#src/maintenance/placement/partial-name.js';

process.send?.(newWork(), () => process.exit());
