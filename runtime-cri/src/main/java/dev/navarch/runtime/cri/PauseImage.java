package dev.navarch.runtime.cri;

import java.util.List;

/** The image of every sandbox's first process, with nothing in it but {@link PauseProgram}. */
final class PauseImage {
    /** Changes with the program. */
    static final String NAME = "navarch.dev/pause:1";

    private PauseImage() {}

    static ImageContent content(PauseProgram.Processor processor) {
        return ImageContent.named(NAME)
                .withArchitecture(processor.ociName)
                .withFile("/pause", 0755, PauseProgram.elf(processor))
                .withEntrypoint(List.of("/pause"))
                .withUser("65535:65535");
    }
}
