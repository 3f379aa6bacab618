package dev.navarch.cli;

import dev.navarch.cluster.NodeImages;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The images of the machine's own node. */
final class ImageCommand {
    private ImageCommand() {}

    @Command(
            name = "image",
            description = "Imports and lists the images of this machine's node.",
            subcommands = {Import.class, Listing.class})
    static final class Images {}

    @Command(name = "import", description = "Imports what docker save wrote, or an OCI archive.")
    static final class Import implements Callable<Integer> {
        @Mixin
        DataDirOption dataDir = new DataDirOption();

        @Parameters(arity = "1..*", paramLabel = "FILE.tar")
        List<Path> files = List.of();

        @Override
        public Integer call() throws Exception {
            try (var images = NodeImages.of(dataDir.orDefault())) {
                for (var file : files) {
                    images.importArchive(file).forEach(name -> System.out.println("imported " + name));
                }
            }
            return 0;
        }
    }

    @Command(name = "list", description = "Lists them.")
    static final class Listing implements Callable<Integer> {
        @Mixin
        DataDirOption dataDir = new DataDirOption();

        @Override
        public Integer call() throws Exception {
            try (var images = NodeImages.of(dataDir.orDefault())) {
                System.out.printf(Locale.ROOT, "%-60s %-16s %10s%n", "IMAGE", "ID", "SIZE");
                for (var image : images.list()) {
                    var id = image.id().replace("sha256:", "");
                    for (var tag : image.tags()) {
                        System.out.printf(
                                Locale.ROOT,
                                "%-60s %-16s %8.1fMB%n",
                                tag,
                                id.substring(0, Math.min(12, id.length())),
                                image.sizeBytes() / 1e6);
                    }
                }
            }
            return 0;
        }
    }
}
