package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What users get with the artifact is what the guide says; Maven tells it when it builds. */
class DependenciesIT {
    private static final Pattern RESOLVED = Pattern.compile(
            "(?m)^ +([^:\\s]+):([^:\\s]+):jar:(?:[^:\\s]+:)?[^:\\s]+:(?:compile|runtime)\\b(?! \\(optional)");
    private static final Pattern LISTED = Pattern.compile("(?s)<!-- dependencies -->\\s*```\\n(.*?)```");

    @Test
    void theGuideListsWhatUsersGet() throws IOException {
        var resolved = RESOLVED.matcher(Files.readString(Path.of("target/users-get.txt")))
                .results()
                .map(one -> one.group(1) + ":" + one.group(2))
                .filter(one -> !one.startsWith("dev.navarch:"))
                .distinct();
        var guide = LISTED.matcher(Files.readString(Path.of("../docs/testing-operators.md")));
        assertThat(guide.find()).isTrue();
        assertThat(Stream.of(guide.group(1).strip().split("\\s+")))
                .containsExactlyInAnyOrderElementsOf(resolved.toList());
    }
}
