package dev.navarch.apiserver.registry;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import dev.navarch.apiserver.tree.Tree;
import dev.navarch.storage.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.node.ObjectNode;

class KnownOutlinesTest {
    @TempDir
    private Path scratch;

    private static Entry entry(String name, String text, long revision) {
        return new Entry("/registry/x/y/" + name, text.getBytes(UTF_8), -1, 1, revision);
    }

    private static ObjectNode outline(String name) {
        var outline = Tree.object();
        outline.putObject("metadata").put("name", name).putObject("annotations").put("long", "text");
        return outline;
    }

    private KnownOutlines read(Entry... entries) {
        var known = new KnownOutlines(Optional.of(scratch.resolve("definitions")));
        known.read(List.of(entries));
        return known;
    }

    @Test
    void anOutlineCountsForItsVeryTextOnly() {
        var a = entry("a", "one", 5);
        var before = read();
        before.note(a, outline("a"));
        before.note(entry("b", "one", 6), outline("b"));
        before.note(entry("b", "two", 7), outline("newer"));
        var b = entry("b", "two", 7);
        var later = read(a, b);
        assertThat(later.take(a)).hasToString("{\"metadata\":{\"name\":\"a\"}}");
        assertThat(later.take(b)).hasToString("{\"metadata\":{\"name\":\"newer\"}}");
        for (var other : List.of(entry("a", "two", 5), entry("a", "one", 6), entry("c", "one", 5))) {
            assertThat(read(other).take(other)).isNull();
        }
    }

    @Test
    void whatIsDamagedIsNotKnown() throws IOException {
        var a = entry("a", "one", 5);
        var b = entry("b", "one", 6);
        read().note(a, outline("a"));
        var file = scratch.resolve("definitions");
        Files.writeString(file, "\u0000\u0000\nnull\n" + b.key() + " 1/6/3/", StandardOpenOption.APPEND);
        var known = read(a, b);
        assertThat(known.take(a)).isNotNull();
        assertThat(known.take(b)).isNull();
        Files.writeString(
                file, Files.readString(file).replace("\"name\"", "name").replace("\u0000", ""));
        assertThat(read(a).take(a)).isNull();
    }

    @Test
    void theFileDoesNotGrowForEver() throws IOException {
        var file = scratch.resolve("definitions");
        var noting = read();
        for (int revision = 1; revision <= 300; revision++) {
            noting.note(entry("a", "one", revision), outline("a"));
            noting.note(entry("a", "one", revision), outline("a"));
        }
        assertThat(Files.readAllLines(file)).hasSize(300);
        var last = entry("a", "one", 300);
        assertThat(read(last).take(last)).isNotNull();
        assertThat(Files.readAllLines(file)).hasSize(1);
        assertThat(read(last).take(last)).isNotNull();
    }
}
