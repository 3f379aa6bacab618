package dev.navarch.runtime.cri;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ImageReferenceTest {
    @ParameterizedTest
    @CsvSource({
        "web, docker.io/library/web:latest",
        "web:1, docker.io/library/web:1",
        "me/web, docker.io/me/web:latest",
        "docker.io/web, docker.io/library/web:latest",
        "index.docker.io/web:2, docker.io/library/web:2",
        "localhost/web, localhost/web:latest",
        "localhost:5000/web, localhost:5000/web:latest",
        "quay.io/a/b/c:v1.2-x, quay.io/a/b/c:v1.2-x",
    })
    void namesAreCompleted(String given, String full) {
        assertThat(ImageReference.normalize(given)).isEqualTo(full);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "Web", "a//b", "web:", "web:a b", "../web", "web@sha256:12", "-web", "a/../b"})
    void nonsenseIsRefused(String given) {
        assertThatThrownBy(() -> ImageReference.normalize(given))
                .isInstanceOf(IllegalArgumentException.class)
                .hasMessageContaining("invalid reference format");
    }
}
