package dev.navarch.embedded;

import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;

/**
 * That a cluster's node is this machine, with real containers.
 *
 * @param images archives of images to begin with
 */
record ThisMachine(RealContainers containers, RealContainers.Ranges ranges, List<Path> images) {

    ThisMachine {
        images = List.copyOf(images);
    }

    /** @throws EmbeddedClusterException if that is not possible; the message says why, and what helps */
    static ThisMachine find(List<Path> images) {
        var found = ServiceLoader.load(RealContainers.class, ThisMachine.class.getClassLoader())
                .findFirst()
                .orElseThrow(() -> new EmbeddedClusterException(
                        "real containers need dev.navarch:navarch-cluster on the class path, beside navarch-junit"));
        var problems = found.problems();
        if (!problems.isEmpty()) {
            throw new EmbeddedClusterException("this machine cannot run containers: " + String.join("; ", problems));
        }
        return new ThisMachine(found, found.ranges(), images);
    }
}
