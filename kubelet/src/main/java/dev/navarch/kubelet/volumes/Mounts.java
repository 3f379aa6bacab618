package dev.navarch.kubelet.volumes;

import java.io.IOException;
import java.nio.file.Path;

/** Mounting, for those who may. */
public interface Mounts {

    /** Mounts a file system in memory over a directory, unless one is there. False: this node can't. */
    boolean memory(Path directory, long sizeLimitBytes) throws IOException;

    /** Undoes every mount at or below a directory. */
    void unmountAll(Path directory) throws IOException;

    /** For processes without the right to mount: nothing is ever mounted. */
    Mounts NONE = new Mounts() {
        @Override
        public boolean memory(Path directory, long sizeLimitBytes) {
            return false;
        }

        @Override
        public void unmountAll(Path directory) {}
    };
}
