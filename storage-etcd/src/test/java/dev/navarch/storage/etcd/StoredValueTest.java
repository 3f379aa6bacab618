package dev.navarch.storage.etcd;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.navarch.storage.Draft;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StoredValueTest {
    @Test
    void comesBackAsItWas() {
        for (int at : new int[] {-1, 0, 7, 12}) {
            var draft = new Draft("{\"rv\":\"\"}\n\n\0".getBytes(UTF_8), at);
            var stored = StoredValue.encode(draft);
            assertThat(stored.toStringUtf8()).startsWith(at + "\n{");
            var read = StoredValue.decode(stored).orElseThrow();
            assertThat(read.revisionAt()).isEqualTo(at);
            assertThat(read.bytes()).isEqualTo(draft.bytes());
        }
        assertThat(StoredValue.decode(StoredValue.encode(new Draft(new byte[0], -1))))
                .isPresent();
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "{}", "k8s\0", "12", "\n", "-2\nx", "99\nx", "4294967296\nx", "0000000000000001\nx"})
    void whatSomebodyElseWroteIsNone(String stored) {
        assertThat(StoredValue.decode(ByteString.copyFromUtf8(stored))).isEmpty();
    }
}
