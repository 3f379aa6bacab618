package dev.navarch.junit;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * What the guide shows is what runs: each block of it stands in the examples, but for white space, comments at lines' ends and
 * what {@code …} leaves out. The builds of the examples, and {@code versions}, compile and run it there.
 */
class GuideTest {
    private static final Path ROOT = Path.of("..");
    private static final Path GUIDE = ROOT.resolve("docs/testing-operators.md");
    private static final Pattern BLOCK = Pattern.compile("(?ms)^```(java|xml|yaml)\\n(.*?)^```$");
    private static final Pattern LINK = Pattern.compile("\\]\\(((?:\\.\\./)?[\\w./-]+?)(#[\\w-]*)?\\)");

    private static String bare(String text) {
        return text.replaceAll("(?m)(?<=[;{)])\\s*// .*$", "").replaceAll("\\s+", "");
    }

    /** The parts between the omissions, in their order. */
    private static Predicate<String> contains(String block) {
        return Pattern.compile(Arrays.stream(bare(block).split("…"))
                        .map(Pattern::quote)
                        .collect(Collectors.joining(".*?")))
                .asPredicate();
    }

    private static List<String> examples() throws IOException {
        List<String> texts = new ArrayList<>();
        try (var files = Files.walk(ROOT.resolve("examples"))) {
            for (var file : files.filter(file -> file.toString().matches(".*\\.(java|xml|yaml|kts)"))
                    .filter(file -> !file.toString().contains("/target/"))
                    .toList()) {
                texts.add(bare(Files.readString(file)));
            }
        }
        return texts;
    }

    @TestFactory
    List<DynamicTest> everyBlockStandsInAnExample() throws IOException {
        var examples = examples();
        var tests = BLOCK.matcher(Files.readString(GUIDE))
                .results()
                .map(found -> DynamicTest.dynamicTest(
                        found.group(2).lines().findFirst().orElse(""),
                        () -> assertThat(examples.stream().anyMatch(contains(found.group(2))))
                                .as("an example with %s", found.group(2))
                                .isTrue()))
                .toList();
        assertThat(tests).hasSizeGreaterThan(8);
        return tests;
    }

    @Test
    void whatIsPointedToIsThere() throws IOException {
        assertThat(LINK.matcher(Files.readString(GUIDE))
                        .results()
                        .map(found -> GUIDE.resolveSibling(found.group(1)).normalize())
                        .toList())
                .isNotEmpty()
                .allMatch(Files::exists);
    }
}
