package dev.navarch.cli;

import java.io.IOException;
import java.nio.file.Path;

/** Images made on the spot, since no registry can be asked. */
public final class TestImages {
    private TestImages() {}

    public static void busybox(Path archive, String name) throws IOException, InterruptedException {
        TestMachine.busybox();
        var output = TestMachine.output("../examples/busybox-image", name, archive.toString());
        if (!java.nio.file.Files.exists(archive)) {
            throw new AssertionError("no image was made: " + output);
        }
    }
}
