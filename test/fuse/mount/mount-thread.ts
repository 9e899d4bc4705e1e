/** A thread that has a volume attached and tries to mount it. */
import { attachVolume, type VolumeHandle } from '#src/index.js';
import { answerOpener } from '../../support/thread.js';

answerOpener({
  mount: async (handle: VolumeHandle, dir: string) => {
    await using volume = attachVolume(handle);
    await volume.mount(dir);
  },
});
