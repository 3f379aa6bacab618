package dev.navarch.apiserver.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.storage.Entry;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class StoredMetadataTest {
    private static Optional<String> metadata(String value) {
        return StoredMetadata.of(new Entry("/registry/core/pods/d/p", value.getBytes(UTF_8), -1, 1, 1))
                .map(b -> new String(b, UTF_8));
    }

    @Test
    void areCutOutOfTheValue() {
        assertThat(metadata("""
            {"kind":"Pod","spec":{"metadata":{"name":"no"}},\
            "metadata":{"name":"ü","labels":{"a":"}"}},"status":{}}\
            """)).hasValue("""
                {"name":"ü","labels":{"a":"}"}}\
                """);
    }

    @Test
    void areAbsentWhereThereAreNone() {
        assertThat(metadata("{\"kind\":\"Pod\"}")).isEmpty();
        assertThat(metadata("{\"metadata\":7}")).isEmpty();
        assertThat(metadata("{\"metadata\":{\"name\":")).isEmpty();
        assertThat(metadata("[]")).isEmpty();
    }
}
