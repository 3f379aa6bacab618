package dev.navarch.kubelet.volumes;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubPathsTest {
    @TempDir
    Path temp;

    private Path volume;

    @BeforeEach
    void make() throws Exception {
        volume = Files.createDirectory(temp.resolve("volume"));
        Files.createDirectory(temp.resolve("outside"));
    }

    @Test
    void missingDirectoriesAreMade() throws Exception {
        assertThat(SubPaths.resolve(volume, "a/b"))
                .isEqualTo(volume.toRealPath().resolve("a/b"))
                .isDirectory();
    }

    @Test
    void linkInsideTheVolumeIsFollowed() throws Exception {
        Files.createDirectory(volume.resolve("real"));
        Files.createSymbolicLink(volume.resolve("link"), Path.of("real"));
        assertThat(SubPaths.resolve(volume, "link"))
                .isEqualTo(volume.toRealPath().resolve("real"));
    }

    @Test
    void linkThatLeadsOutIsRefused() throws Exception {
        Files.createSymbolicLink(volume.resolve("link"), temp.resolve("outside"));
        assertThatThrownBy(() -> SubPaths.resolve(volume, "link")).isInstanceOf(VolumeFailure.class);
        assertThatThrownBy(() -> SubPaths.resolve(volume, "link/x")).isInstanceOf(VolumeFailure.class);
        assertThat(temp.resolve("outside")).isEmptyDirectory();
    }

    @Test
    void dotsAndAbsolutePathsAreRefused() {
        assertThatThrownBy(() -> SubPaths.resolve(volume, "../outside")).isInstanceOf(VolumeFailure.class);
        assertThatThrownBy(() -> SubPaths.resolve(volume, "/etc")).isInstanceOf(VolumeFailure.class);
    }
}
