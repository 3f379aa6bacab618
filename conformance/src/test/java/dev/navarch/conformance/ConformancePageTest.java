package dev.navarch.conformance;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ConformancePageTest {
    private static final Path PAGE = Path.of("../docs/conformance.md");

    /** Writes the page anew with {@code -Dconformance.page=write} or {@code CONFORMANCE_PAGE=write}. */
    @Test
    void thePageSaysWhatTheTestsAre() throws Exception {
        var now = ConformancePage.text();
        if ("write".equals(System.getProperty("conformance.page", System.getenv("CONFORMANCE_PAGE")))) {
            Files.writeString(PAGE, now);
        }
        assertThat(PAGE)
                .as("docs/conformance.md; write it anew with CONFORMANCE_PAGE=write")
                .hasContent(now);
    }
}
