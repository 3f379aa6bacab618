package dev.navarch.storage.file;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.navarch.storage.Draft;
import dev.navarch.storage.Entry;
import dev.navarch.storage.LiveFiles;
import dev.navarch.storage.Range;
import dev.navarch.storage.Retention;
import dev.navarch.storage.TransformException;
import dev.navarch.storage.ValueTransformer;
import dev.navarch.storage.Write;
import dev.navarch.storage.WriteResult;
import dev.navarch.time.ManualTime;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Values that lie on disk in another form. */
class SealedValuesTest {
    private static final String SECRETS = "/registry/core/secrets/";
    private static final String KEY = SECRETS + "default/db";
    private static final String TEXT = "{\"rv\":\"\",\"text\":\"xyzzy-plugh\"}";

    @TempDir
    Path directory;

    private final ManualTime time = new ManualTime(Instant.parse("2026-01-02T03:04:05Z"));
    private FileStore store;

    /** Turns all bits, of secrets alone. */
    private static final class Turned implements ValueTransformer {
        private final String prefix;
        boolean away;

        Turned(String key) {
            prefix = PREFIX + key + ":";
        }

        private static byte[] turned(byte[] bytes, int from) {
            var out = Arrays.copyOfRange(bytes, from, bytes.length);
            for (int i = 0; i < out.length; i++) {
                out[i] ^= (byte) 0xff;
            }
            return out;
        }

        @Override
        public byte[] seal(String key, String place, byte[] value) {
            if (!key.startsWith(SECRETS)) {
                return value;
            }
            if (away) {
                throw new TransformException("the plugin is away");
            }
            var turned = turned(value, 0);
            var sealed = Arrays.copyOf(ValueTransformer.bytes(prefix), prefix.length() + turned.length);
            System.arraycopy(turned, 0, sealed, prefix.length(), turned.length);
            return sealed;
        }

        @Override
        public byte[] open(String key, String place, byte[] stored) {
            if (!ValueTransformer.sealed(stored)) {
                return stored;
            }
            if (away) {
                throw new TransformException(place, "the plugin is away");
            }
            return turned(stored, new String(stored, ISO_8859_1).indexOf(':', PREFIX.length()) + 1);
        }

        @Override
        public boolean stale(String key, String place, byte[] stored) {
            return key.startsWith(SECRETS) && !new String(stored, ISO_8859_1).startsWith(prefix);
        }
    }

    private void open(ValueTransformer values) {
        close();
        store = FileStore.open(directory.resolve("store"), time, Retention.DEFAULT, Set.of(), values);
    }

    @AfterEach
    void close() {
        if (store != null) {
            store.close();
            store = null;
        }
    }

    private static Draft draft() {
        return new Draft(TEXT.getBytes(UTF_8), 7);
    }

    private Entry written(Write write) {
        return ((WriteResult.Committed) store.write(write)).entry();
    }

    private Entry read() {
        return store.get(KEY).orElseThrow();
    }

    private static String text(Entry entry) {
        return new String(entry.value(), UTF_8);
    }

    private boolean onDisk(String text) throws IOException {
        return LiveFiles.contain(directory.resolve("store/db"), text);
    }

    @Test
    void whatIsSealedIsPlainInMemoryAloneAndComesBackWithItsRevision() throws IOException {
        open(new Turned("one"));
        var entry = written(new Write.Create(KEY, draft()));
        assertThat(text(entry)).isEqualTo("{\"rv\":\"2\",\"text\":\"xyzzy-plugh\"}");
        assertThat(onDisk("k8s:enc:one:")).isTrue();
        assertThat(onDisk("xyzzy")).isFalse();

        open(new Turned("one"));
        assertThat(text(read())).isEqualTo(text(entry));
        assertThat(read().revisionAt()).isEqualTo(7);
        assertThat(store.stale(read())).isFalse();
        written(new Write.Update(KEY, 2, draft()));
        assertThat(text(read())).contains("\"rv\":\"3\"");
        assertThat(onDisk("xyzzy")).isFalse();
    }

    @Test
    void whatLiesThereInAnotherFormIsStaleUntilItIsWritten() throws IOException {
        open(ValueTransformer.PLAIN);
        written(new Write.Create(KEY, draft()));
        written(new Write.Create("/registry/core/pods/default/web", draft()));
        assertThat(store.stale(read())).isFalse();

        open(new Turned("one"));
        assertThat(store.stale(read())).isTrue();
        assertThat(store.stale(store.get("/registry/core/pods/default/web").orElseThrow()))
                .isFalse();
        var plain = read();
        written(new Write.Update(KEY, 2, draft()));
        assertThat(store.stale(read())).isFalse();
        assertThat(store.stale(plain)).isFalse();

        open(new Turned("two"));
        assertThat(store.stale(read())).isTrue();
    }

    @Test
    void whatCannotBeOpenedIsThereAndIsReadOnceItCan() {
        open(new Turned("one"));
        written(new Write.Create(KEY, draft()));
        written(new Write.Create(SECRETS + "default/z", draft()));
        var values = new Turned("one");
        values.away = true;
        open(values);
        assertThat(store.range(Range.all(SECRETS)).entries()).hasSize(2);
        assertThatThrownBy(() -> text(read()))
                .isInstanceOf(TransformException.class)
                .hasMessage("unable to transform key \"" + KEY + "\": the plugin is away");
        assertThatThrownBy(() -> store.write(new Write.Update(KEY, 2, draft())))
                .isInstanceOf(TransformException.class)
                .hasMessage("the plugin is away");
        assertThat(store.failure()).isEmpty();

        var deleted = written(new Write.Delete(SECRETS + "default/z", 3));
        values.away = false;
        assertThat(text(read())).contains("\"rv\":\"2\"");
        assertThat(text(deleted)).contains("\"rv\":\"4\"");
        assertThat(deleted.revision()).isEqualTo(4);
    }

    @Test
    void aServerWithoutTheConfigurationSaysWhatItIs() {
        open(new Turned("one"));
        written(new Write.Create(KEY, draft()));
        open(ValueTransformer.PLAIN);
        assertThatThrownBy(() -> text(read()))
                .hasMessage(
                        "unable to transform key \"" + KEY + "\": identity transformer tried to read encrypted data");
    }

    @Test
    void largeSealedValuesStaySealed() throws IOException {
        open(new Turned("one"));
        var large = ("{\"rv\":\"\",\"text\":\"" + "xyzzy-plugh".repeat(4_000) + "\"}").getBytes(UTF_8);
        var entry = written(new Write.Create(KEY, new Draft(large, 7)));
        store.fold(entry);
        open(new Turned("one"));
        assertThat(text(read())).contains("xyzzy-plugh").contains("\"rv\":\"2\"");
        assertThat(onDisk("xyzzy")).isFalse();
    }
}
